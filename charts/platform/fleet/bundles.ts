/**
 * Fleet's bundles, made from the Helmfile: one per release that a hotel's cluster gets, with the same chart, version, values and order,
 * and one for the extension's page in Rancher's own cluster. `node charts/platform/fleet/bundles.ts` writes them; charts/platform-fleet.test.ts sees that they are as the Helmfile says.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { PLATFORM, environmentValues, isInstalled, isLocal, isTemplate, keyOf, loadState, merge, valuesFiles } from '../state.ts';
import type { Release, State, Values } from '../state.ts';
import { comparePatches } from './drift.ts';

const FLEET = join(PLATFORM, 'fleet');
export const BUNDLES = join(FLEET, 'bundles');

/** What Rancher's own cluster gets through Fleet, in the workspace `fleet-local`. */
export const LOCAL = join(FLEET, 'local');

/** What stands in front of every generated file. */
const NOTICE = '# Made from helmfile.yaml.gotmpl by fleet/bundles.ts; change that, and run it.\n';

/** Bundles are known by name all over a Fleet workspace; the prefix keeps them apart from others' bundles. */
export const bundleName = (release: Release): string => `platform-${ release.name }`;

/** The releases that Fleet takes to the clusters: those that a hotel's cluster gets. Rancher itself is not Fleet's. */
export const fleetReleases = (state: State): Release[] => state.releases.filter(({ labels }) => labels['cluster-hotel'] === 'true');

/**
 * Every file of the page's bundle, by its path below `fleet/local/`. Rancher's own cluster carries no label of an environment; it has
 * production's values.
 */
export function localFiles(): Map<string, string> {
  const state = loadState();
  const release = state.releases.find(({ name }) => name === 'tartware-ui');

  if (release === undefined) throw new Error('the Helmfile has no release tartware-ui');
  const files = valuesFiles(state, 'production');
  const fleet = {
    name: release.name,
    defaultNamespace: release.namespace,
    helm: { releaseName: release.name, ...chartOf(release, state), valuesFiles: ['values.yaml'], waitForJobs: true, timeoutSeconds: 300 },
  };

  return new Map([
    [`${ release.name }/fleet.yaml`, yaml(fleet)],
    [`${ release.name }/values.yaml`, yaml((release.values ?? []).map((path) => files.get(path) ?? {}).reduce(merge, {}))],
  ]);
}

/** Every file of the bundles, by its path below `fleet/bundles/`. */
export function bundleFiles(): Map<string, string> {
  const state = loadState();
  const releases = fleetReleases(state);
  const environments = Object.keys(state.environments).map((name) => ({ name, values: environmentValues(state, name), files: valuesFiles(state, name) }));

  return new Map(releases.flatMap((release) => filesOf(release, { state, releases, environments })));
}

interface Environment {
  name: string;
  values: Values;
  /** Every values file, rendered for this environment. */
  files: Map<string, Values>;
}

interface Around {
  state: State;
  releases: Release[];
  environments: Environment[];
}

/** A bundle names plain values files where they lie, and has its own copy of what came from templates: one, or one per environment. */
function filesOf(release: Release, { state, releases, environments }: Around): [string, string][] {
  const paths = release.values ?? [];
  const templates = paths.filter(isTemplate);
  const installed = environments.filter(({ values }) => isInstalled(release, values));
  const rendered = installed.map(({ name, files }) => ({ name, values: templates.map((path) => files.get(path) ?? {}).reduce(merge, {}) }));
  const alike = rendered.every(({ values }) => isDeepStrictEqual(values, rendered[0]?.values));
  const own = (name: string): string => (alike ? 'values.yaml' : `values-${ name }.yaml`);
  const listFor = (name: string): string[] => [...new Set(paths.map((path) => (isTemplate(path) ? own(name) : relative(join(BUNDLES, release.name), join(PLATFORM, path)))))];
  const values = [...new Map(rendered.map((each) => [own(each.name), each.values]))].filter(() => templates.length > 0);
  const everyValue = JSON.stringify(installed.flatMap(({ files }) => paths.map((path) => files.get(path))));
  const fleet = fleetYaml(release, { state, releases, preprocesses: !everyValue.includes('${') }, environments.map((environment) => ({
    name: environment.name,
    installed: installed.includes(environment),
    valuesFiles: listFor(environment.name),
  })));

  return [
    [`${ release.name }/fleet.yaml`, yaml(fleet)],
    ...values.map(([name, content]): [string, string] => [`${ release.name }/${ name }`, yaml(content)]),
  ];
}

const yaml = (content: Values): string => NOTICE + stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });

interface Target {
  name: string;
  installed: boolean;
  valuesFiles: string[];
}

interface Choices {
  state: State;
  releases: Release[];
  /** Fleet may look for `${ }` in the values, since there is none. */
  preprocesses: boolean;
}

function fleetYaml(release: Release, { state, releases, preprocesses }: Choices, targets: Target[]): Values {
  const needs = (release.needs ?? []).map((key) => releases.find((other) => keyOf(other) === key)).filter((other) => other !== undefined);
  const patches = comparePatches(release);
  const [first] = targets;
  const alike = targets.every(({ installed, valuesFiles: files }) => installed && isDeepStrictEqual(files, first?.valuesFiles));

  return {
    name: bundleName(release),
    labels: { 'app.kubernetes.io/part-of': 'tartware-platform' },
    defaultNamespace: release.namespace,
    helm: {
      releaseName: release.name,
      ...chartOf(release, state),
      ...(alike && first !== undefined && first.valuesFiles.length > 0 ? { valuesFiles: first.valuesFiles } : {}),
      disablePreProcess: !preprocesses,
      // People make some of them before, for the Secrets that others start with; without it Helm refuses what it did not make.
      ...(release.name === 'namespaces' ? { takeOwnership: true } : {}),
      waitForJobs: release.wait !== false,
      timeoutSeconds: 900,
    },
    ...(needs.length > 0 ? { dependsOn: needs.map((other) => ({ name: bundleName(other), acceptedStates: acceptedStates(other) })) } : {}),
    rolloutStrategy: ROLLOUT,
    ...(patches.length > 0 ? { diff: { comparePatches: patches } } : {}),
    ...(alike ? {} : { targetCustomizations: targets.map(customization) }),
  };
}

/** One cluster after the other, and production only after the rest: Fleet's own default is all at once. */
const ROLLOUT = {
  maxUnavailable: 1,
  maxUnavailablePartitions: 0,
  partitions: ['dev', 'staging', 'production'].map((env) => ({ name: env, maxUnavailable: 1, clusterSelector: { matchLabels: { env } } })),
};

/** Vault is ready once somebody has unsealed it; what reads secrets waits for them itself. */
const acceptedStates = ({ wait }: Release): string[] => (wait === false ? ['Ready', 'Modified', 'NotReady'] : ['Ready', 'Modified']);

function customization({ name, installed, valuesFiles: files }: Target): Values {
  return {
    name,
    clusterSelector: { matchLabels: { env: name } },
    ...(installed ? { helm: { valuesFiles: files } } : { doNotDeploy: true }),
  };
}

/** Where Fleet gets the chart from. Charts of this repository come from the registry that they were pushed to: Fleet reads no folder outside a bundle's own. */
function chartOf(release: Release, state: State): Values {
  if (isLocal(release)) {
    const { name, version } = parse(readFileSync(join(PLATFORM, release.chart, 'Chart.yaml'), 'utf8')) as { name: string; version: string };

    return { repo: `oci://${ String(environmentValues(state, 'production').chartRegistry) }/${ name }`, version };
  }
  const [repository = '', chart = ''] = release.chart.split('/');
  const { url, oci } = state.repositories.find(({ name }) => name === repository) ?? { url: '', oci: false };

  return oci === true ? { repo: `oci://${ url }/${ chart }`, version: release.version } : { repo: url, chart, version: release.version };
}

/** Writes them anew: a release that is gone takes its bundle with it. */
function write(): void {
  for (const [folder, files] of [[BUNDLES, bundleFiles()], [LOCAL, localFiles()]] as const) {
    rmSync(folder, { recursive: true, force: true });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  }
}

/** The bundles as they lie in a folder, `BUNDLES` or `LOCAL`, by path below it. */
export function writtenFiles(folder: string): Map<string, string> {
  return new Map(readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write();
