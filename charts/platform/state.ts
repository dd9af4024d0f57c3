/** Reads the Helmfile as data: its releases, its environments, and the values that each release gets in one of them. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { binariesFolder } from '../../sandbox/build/go.ts';

export const PLATFORM = fileURLToPath(new URL('.', import.meta.url));

export type Values = Record<string, unknown>;

export interface Release {
  name: string;
  namespace: string;
  /** `<repository>/<chart>`, or a path from the Helmfile's folder. */
  chart: string;
  /** Of charts that come from a repository. */
  version?: string;
  /** `<key>.enabled`: where that key of the environment's values is false, the release is left out. */
  condition?: string;
  /** Which clusters get it, `cluster-management` and `cluster-hotel`, and in which `stage`: platform, stores, tartware. */
  labels: Record<string, string>;
  /** `<namespace>/<name>` of those that must be there before. */
  needs?: string[];
  /** Paths from the Helmfile's folder; a later file overrides the earlier ones. */
  values?: string[];
  wait?: boolean;
}

interface Repository {
  name: string;
  url: string;
  oci?: boolean;
}

export interface State {
  environments: Record<string, { values: string[] }>;
  repositories: Repository[];
  releases: Release[];
}

const read = (path: string): string => readFileSync(join(PLATFORM, path), 'utf8');

/** The Helmfile. No template action stands in it, so both of its parts are plain YAML. */
export function loadState(): State {
  const [environments, releases] = parseAllDocuments(read('helmfile.yaml.gotmpl')).map((document) => document.toJS() as Partial<State>);

  return { environments: environments?.environments ?? {}, repositories: releases?.repositories ?? [], releases: releases?.releases ?? [] };
}

export const isLocal = ({ chart }: Release): boolean => chart.startsWith('.');

/** `<namespace>/<name>`, as `needs` names a release. */
export const keyOf = ({ namespace, name }: Release): string => `${ namespace }/${ name }`;

const isMap = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** As Helm and helmfile merge: maps by key, all else as a whole. */
export function merge(base: Values, over: Values): Values {
  const merged = { ...base };

  for (const [key, value] of Object.entries(over)) {
    const below = base[key];

    merged[key] = isMap(below) && isMap(value) ? merge(below, value) : value;
  }

  return merged;
}

/** The values of an environment, its files merged in order. @throws when there is none of that name. */
export function environmentValues(state: State, name: string): Values {
  const environment = state.environments[name];

  if (environment === undefined) {
    throw new Error(`no environment ${ name }; there are: ${ Object.keys(state.environments).join(', ') }`);
  }

  return environment.values.map((path) => parse(read(path)) as Values).reduce(merge, {});
}

/** Whether an environment has the release at all. */
export function isInstalled({ condition }: Release, values: Values): boolean {
  return condition === undefined || condition.split('.').reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), values) === true;
}

/**
 * The values files of an environment's releases by their paths: plain ones as they are, `*.gotmpl` rendered. The templates are run by
 * Helm's engine, which knows the same functions as helmfile's; they may use `.Values` (the environment's) and nothing else.
 *
 * @param changes on top of the environment's values, as helmfile's --state-values-set
 * @throws with Helm's words when a template does not render
 */
export function valuesFiles(state: State, environment: string, changes: Values = {}): Map<string, Values> {
  const values = merge(environmentValues(state, environment), changes);
  const paths = [...new Set(state.releases.filter((release) => isInstalled(release, values)).flatMap((release) => release.values ?? []))];
  const rendered = renderTemplates(paths.filter(isTemplate), values);

  return new Map(paths.map((path) => [path, (parse(rendered[path] ?? read(path)) ?? {}) as Values]));
}

export const isTemplate = (path: string): boolean => path.endsWith('.gotmpl');

/** What every release of an environment gets, its files merged, by its `<namespace>/<name>`. @throws as `valuesFiles` */
export function releaseValues(state: State, environment: string, changes: Values = {}): Map<string, Values> {
  const files = valuesFiles(state, environment, changes);
  const installed = state.releases.filter((release) => isInstalled(release, merge(environmentValues(state, environment), changes)));

  return new Map(installed.map((release) => [keyOf(release), (release.values ?? []).map((path) => files.get(path) ?? {}).reduce(merge, {})]));
}

/** By path. A chart with a single ConfigMap stands in for helmfile. */
function renderTemplates(paths: string[], values: Values): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'tartware-platform-'));

  try {
    mkdirSync(join(folder, 'templates'));
    writeFileSync(join(folder, 'Chart.yaml'), stringify({ apiVersion: 'v2', name: 'values', version: '0.0.0' }));
    writeFileSync(join(folder, 'values.yaml'), stringify(values));
    for (const path of paths) cpSync(join(PLATFORM, path), join(folder, path), { recursive: true });
    writeFileSync(
      join(folder, 'templates', 'all.yaml'),
      ['kind: ConfigMap', 'data:', ...paths.map((path) => `  ${ path }: |\n{{ tpl (.Files.Get "${ path }") . | indent 4 }}`), ''].join('\n'),
    );

    return (parse(helm(['template', 'values', folder])) as { data: Record<string, string> }).data;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws with Helm's words */
export function helm(args: string[]): string {
  return execaSync(join(binariesFolder(), 'helm'), args).stdout;
}
