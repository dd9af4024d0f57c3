/** The ways in which the charts are used that tests render: every chart's defaults, the sandbox's values, and charts/testing/values/*.yaml. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Charts } from './helm.ts';
import { variants } from './services.ts';

export interface Variant {
  name: string;
  chart: string;
  namespace: string;
  /** Arguments of `helm template`, values files relative to the folder of charts or absolute. */
  args: readonly string[];
}

const VALUES = fileURLToPath(new URL('values', import.meta.url));

/** Where the chart's own Chart.yaml says that it belongs, or where the platform is. */
function namespaceOf(charts: Charts, chart: string): string {
  return /^ {2}catalog\.cattle\.io\/namespace: (\S+)/m.exec(readFileSync(join(charts.folder, chart, 'Chart.yaml'), 'utf8'))?.[1] ?? 'tartware-system';
}

type Bare = Omit<Variant, 'namespace'>;

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

  return bare.map((variant) => ({ ...variant, namespace: namespaceOf(charts, variant.chart) }));
}
