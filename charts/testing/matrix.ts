/** The ways in which the charts are used that tests render: every chart's defaults, the sandbox's values, and charts/testing/values/*.yaml. */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLocal, keyOf, loadState, PLATFORM, releaseValues } from '../platform/state.ts';
import type { Charts } from './helm.ts';
import { variants } from './services.ts';

export interface Variant {
  name: string;
  chart: string;
  namespace: string;
  release: string;
  /** Arguments of `helm template`, values files relative to the folder of charts or absolute. */
  args: readonly string[];
}

const VALUES = fileURLToPath(new URL('values', import.meta.url));

/** Where the chart's own Chart.yaml says that it belongs, or where the platform is. */
function namespaceOf(charts: Charts, chart: string): string {
  return /^ {2}catalog\.cattle\.io\/namespace: (\S+)/m.exec(readFileSync(join(charts.folder, chart, 'Chart.yaml'), 'utf8'))?.[1] ?? 'tartware-system';
}

type Bare = Omit<Variant, 'namespace' | 'release'>;

/** Reads `# chart: <name>` (tartware when left out) and `# on: <values file of that chart>` from a file's first lines. */
function fromFile(path: string): Bare {
  const text = readFileSync(path, 'utf8');
  const said = (key: string): string | undefined => new RegExp(`^# ${ key }: (\\S+)`, 'm').exec(text)?.[1];
  const chart = said('chart') ?? 'tartware';
  const base = said('on');

  return { name: basename(path, '.yaml'), chart, args: [...(base === undefined ? [] : ['-f', `${ chart }/${ base }`]), '-f', path] };
}

/** @param charts tells which charts there are */
export function matrix(charts: Charts): Variant[] {
  const bare: Bare[] = [
    ...charts.names().filter((chart) => chart !== 'service-template').map((chart) => ({ name: `${ chart } by default`, chart, args: [] })),
    { name: 'sandbox, live', chart: 'tartware', args: variants.live },
    { name: 'sandbox, scale', chart: 'tartware', args: variants.scale },
    ...globSync(`${ VALUES }/*.yaml`).sort().map(fromFile),
  ];

  return bare.map((variant) => ({ ...variant, release: 'tartware', namespace: namespaceOf(charts, variant.chart) }));
}

/** The releases of this repository's own charts as the platform's Helmfile installs them in an environment. */
export function platformReleases(charts: Charts, environment: string): Variant[] {
  const state = loadState();
  const values = releaseValues(state, environment);

  return state.releases.filter((release) => isLocal(release) && values.has(keyOf(release))).map((release) => {
    const file = join(charts.folder, `${ environment }-${ release.name }.json`);
    const folder = join(PLATFORM, release.chart);

    writeFileSync(file, JSON.stringify(values.get(keyOf(release))));

    return {
      name: `platform ${ environment }: ${ release.name }`,
      // The charts beside the platform's folder need their dependencies, which the copies have.
      chart: charts.names().find((name) => name === basename(folder)) ?? folder,
      release: release.name,
      namespace: release.namespace,
      args: ['-f', file],
    };
  });
}
