import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { BUNDLES, LOCAL, bundleFiles, fleetReleases, localFiles, writtenFiles } from './platform/fleet/bundles.ts';
import { PLATFORM, loadState, merge, releaseValues } from './platform/state.ts';
import type { Values } from './platform/state.ts';
import { services } from './testing/services.ts';

interface Bundle {
  name: string;
  defaultNamespace: string;
  helm: { releaseName: string; repo: string; chart?: string; version: string; valuesFiles?: string[]; disablePreProcess: boolean; takeOwnership?: boolean };
  dependsOn?: { name: string; acceptedStates: string[] }[];
  rolloutStrategy: { maxUnavailable: number; partitions: { name: string }[] };
  diff?: { comparePatches: { kind: string; name: string; jsonPointers: string[] }[] };
  targetCustomizations?: { name: string; doNotDeploy?: boolean; clusterSelector: { matchLabels: Record<string, string> }; helm?: { valuesFiles: string[] } }[];
}

interface GitRepo {
  metadata: { name: string; namespace: string };
  spec: { revision: string; paths: string[]; targets?: { clusterSelector: { matchLabels: Record<string, string> } }[]; correctDrift?: { enabled: boolean } };
}

const state = loadState();
const environments = Object.keys(state.environments);
const repository = join(PLATFORM, '..', '..');
let written: Map<string, string>;
let bundles: Map<string, Bundle>;

beforeAll(() => {
  written = writtenFiles(BUNDLES);
  bundles = new Map([...written].filter(([path]) => path.endsWith('fleet.yaml')).map(([path, content]) => [dirname(path), parse(content) as Bundle]));
});

/** The values files that a bundle uses in an environment; undefined where it is not installed. */
function filesFor(bundle: Bundle, environment: string): string[] | undefined {
  const target = bundle.targetCustomizations?.find(({ clusterSelector }) => clusterSelector.matchLabels.env === environment);

  return target?.doNotDeploy === true ? undefined : [...bundle.helm.valuesFiles ?? [], ...target?.helm?.valuesFiles ?? []];
}

describe('bundles', () => {
  test('are what the Helmfile says; if not, run: node charts/platform/fleet/bundles.ts', () => {
    for (const [made, there] of [[bundleFiles(), written], [localFiles(), writtenFiles(LOCAL)]] as const) {
      expect([...there.keys()].sort()).toEqual([...made.keys()].sort());
      for (const [path, content] of made) expect.soft(there.get(path), path).toBe(content);
    }
  });

  test('there is one per release of a hotel\'s cluster, in its namespace, and none of Rancher', () => {
    expect([...bundles.keys()].sort()).toEqual(fleetReleases(state).map(({ name }) => name).sort());
    for (const { name, namespace } of fleetReleases(state)) expect(bundles.get(name)).toMatchObject({ defaultNamespace: namespace, helm: { releaseName: name } });
    expect([...bundles.keys()]).not.toContain('rancher');
  });

  test('each waits for bundles that are there, and never for itself by a way around', () => {
    const names = new Map([...bundles.values()].map((bundle) => [bundle.name, bundle]));
    const done = new Set<string>();
    const visit = (name: string, way: string[]): void => {
      const bundle = names.get(name);

      expect(bundle, `${ way.join(' > ') } > ${ name }`).toBeDefined();
      expect(way).not.toContain(name);
      if (done.has(name)) return;
      for (const { name: needed } of bundle?.dependsOn ?? []) visit(needed, [...way, name]);
      done.add(name);
    };

    for (const name of names.keys()) visit(name, []);
  });

  test('operators come before the stores, the stores before Tartware', () => {
    const needs = (name: string): string[] => (bundles.get(name)?.dependsOn ?? []).map(({ name: needed }) => needed);

    expect(needs('tartware-stores')).toEqual(expect.arrayContaining(['platform-cloudnative-pg', 'platform-strimzi-kafka-operator', 'platform-redis-operator', 'platform-clickhouse-operator']));
    expect(needs('tartware')).toContain('platform-tartware-stores');
  });

  test('names are short enough to stay whole', () => {
    for (const { name } of bundles.values()) expect(name.length, name).toBeLessThanOrEqual(53);
  });

  test('every values file is there, and together they are what helmfile would give', () => {
    for (const environment of environments) {
      const expected = releaseValues(state, environment);

      for (const { name, namespace } of fleetReleases(state)) {
        const files = filesFor(bundles.get(name)!, environment);
        const values = files?.map((file) => (parse(readFileSync(join(BUNDLES, name, file), 'utf8')) ?? {}) as Values).reduce(merge, {});

        expect.soft(values, `${ environment } ${ name }`).toEqual(expected.get(`${ namespace }/${ name }`));
      }
    }
  });

  test('Fleet looks for its own templates only where the values contain nothing that looks like one', () => {
    for (const [name, bundle] of bundles) {
      const values = environments.flatMap((environment) => filesFor(bundle, environment) ?? []).map((file) => parse(readFileSync(join(BUNDLES, name, file), 'utf8')) as unknown);

      expect.soft(bundle.helm.disablePreProcess, name).toBe(JSON.stringify(values).includes('${'));
    }
  });

  test('namespaces that people made for the Secrets are taken over, and nothing else of theirs', () => {
    expect([...bundles].filter(([, { helm }]) => helm.takeOwnership === true).map(([name]) => name)).toEqual(['namespaces']);
  });

  test('production follows dev and staging, one cluster after the other', () => {
    for (const { rolloutStrategy } of bundles.values()) {
      expect([rolloutStrategy.maxUnavailable, rolloutStrategy.partitions.map(({ name }) => name)]).toEqual([1, ['dev', 'staging', 'production']]);
    }
  });

  test('what the extension changes is no drift: the limits of every service\'s autoscaler', () => {
    const limits = bundles.get('tartware')?.diff?.comparePatches.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');

    expect(limits?.map(({ name }) => name)).toEqual([...services]);
    for (const { jsonPointers } of limits ?? []) expect(jsonPointers).toEqual(['/spec/minReplicas', '/spec/maxReplicas']);
  });
});

describe('gitrepo.yaml', () => {
  const repos = parseAllDocuments(readFileSync(join(PLATFORM, 'fleet', 'gitrepo.yaml'), 'utf8')).map((document) => document.toJS() as GitRepo);

  test('names folders that are there, at a fixed revision', () => {
    for (const { spec } of repos) {
      for (const path of spec.paths) expect(existsSync(join(repository, path)), path).toBe(true);
      expect(spec.revision).toMatch(/^v\d+\.\d+\.\d+$/);
    }
  });

  test('reaches the clusters of the three environments and no other, and leaves drift visible', () => {
    const [platform] = repos;

    expect(platform?.spec.targets?.map(({ clusterSelector }) => clusterSelector.matchLabels)).toEqual(environments.map((env) => ({ env })));
    expect(platform?.spec.correctDrift?.enabled).toBe(false);
  });

  test('the page goes to Rancher\'s own cluster, at the version of its chart', () => {
    const bundle = parse(readFileSync(join(PLATFORM, 'fleet', 'local', 'tartware-ui', 'fleet.yaml'), 'utf8')) as Bundle;
    const { version } = parse(readFileSync(join(repository, 'charts', 'tartware-ui', 'Chart.yaml'), 'utf8')) as { version: string };

    expect(repos.map(({ metadata }) => metadata.namespace)).toEqual(['fleet-default', 'fleet-local']);
    expect([bundle.helm.version, bundle.defaultNamespace]).toEqual([version, 'cattle-ui-plugin-system']);
    expect(bundle.helm.valuesFiles).toEqual(['values.yaml']);
  });
});
