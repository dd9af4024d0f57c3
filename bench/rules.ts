/**
 * What the rules cost Prometheus at 510 pods: `node bench/rules.ts [--gateway 60] [--others 20] [--evaluations 20] [--scraped all] [--peers]`.
 * With `--scraped one`, one pod of each service tells its metrics, as in the sandbox, where the others are simulated.
 * With `--peers`, what the gateway's latency rules could be instead is evaluated as well, at the same moments: it slows the others down.
 * Time runs six times as fast: scrapes every 5 s, and rates look back 20 s and 50 s, so that a rate reads as many samples as in production
 * (4 and 10). Exit code 1 when the goal is missed, 2 when nothing could be measured.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Charts } from '../charts/testing/helm.ts';
import { startMonitoring } from '../charts/testing/monitoring.ts';
import type { Monitoring } from '../charts/testing/monitoring.ts';
import { renderRules } from '../charts/testing/rules.ts';
import type { RuleFile } from '../charts/testing/rules.ts';
import { BenchError, finish } from './errors.ts';
import { servePods } from './rules/pods.ts';
import { percentile } from './services/open-load.ts';
import { aligned } from './table.ts';

const { values: options } = parseArgs({ options: { gateway: { type: 'string', default: '60' }, others: { type: 'string', default: '20' }, evaluations: { type: 'string', default: '20' }, scraped: { type: 'string', default: 'all' }, peers: { type: 'boolean', default: false } } });
const [gateway, others, evaluations] = [Number(options.gateway), Number(options.others), Number(options.evaluations)];

const GOAL_MS = 50;
const INTERVAL_MS = 5_000;
/** Until the longest rate has all its samples. */
const WARM_UP_MS = 60_000;

interface Group {
  name: string;
  evaluationTime: number;
  lastEvaluation: string;
  rules: { health: string; lastError?: string }[];
}

const SELECTED = 'namespace="tartware-system", service="api-gateway"';
const buckets = (by: string, le = ''): string => `sum by (cluster, namespace${ by }) (rate(http_request_duration_seconds_bucket{${ SELECTED }${ le }}[50s]))`;

/** All read what the gateway tells by route, method and status. */
const PEERS: Record<string, string[]> = {
  'peer: buckets by route, read once': [buckets(', le')],
  'peer: buckets by route, read for each quantile': [0.95, 0.99].map((quantile) => `histogram_quantile(${ quantile }, ${ buckets(', le') })`),
  'peer: buckets by route, of the thresholds only': ['0.5', '1.0'].map((le) => `${ buckets('', `, le="${ le }"`) } / sum by (cluster, namespace) (rate(http_requests_total{${ SELECTED }}[50s]))`),
};

function quickened({ groups }: RuleFile): RuleFile {
  const ours = groups.map(({ name, rules }) => ({ name, rules: rules.map((rule) => ({ ...rule, expr: rule.expr.replaceAll('[2m]', '[20s]').replaceAll('[3m]', '[30s]').replaceAll('[5m]', '[50s]') })) }));
  const peers = Object.entries(PEERS).map(([name, queries], peer) => ({ name, rules: queries.map((expr, index) => ({ record: `peer:figure_${ peer }_${ index }`, expr })) }));

  return { groups: options.peers ? [...ours, ...peers] : ours };
}

/** Milliseconds of each evaluation, by group. @throws BenchError when a rule fails */
async function measure(monitoring: Monitoring): Promise<Map<string, number[]>> {
  const seen = new Map<string, Map<string, number>>();

  while ([...seen.values()].length === 0 || [...seen.values()].some(({ size }) => size < evaluations)) {
    const { groups } = (await monitoring.prometheus('rules')) as { groups: Group[] };

    for (const { name, evaluationTime, lastEvaluation, rules } of groups) {
      const failed = rules.find(({ health }) => health === 'err');

      if (failed) {
        throw new BenchError('RULE_FAILED', `${ name }: ${ failed.lastError }`, 'see charts/tartware/rules');
      }
      seen.set(name, (seen.get(name) ?? new Map<string, number>()).set(lastEvaluation, evaluationTime * 1000));
    }
    await sleep(INTERVAL_MS / 4);
  }

  return new Map([...seen].map(([name, times]) => [name, [...times.values()].sort((one, other) => one - other)]));
}

function report(times: Map<string, number[]>): number {
  const median = (name: string): number => percentile(times.get(name) ?? [], 0.5);
  const ours = [...times.keys()].filter((name) => !(name in PEERS));
  const sum = ours.reduce((total, name) => total + median(name), 0);
  const row = (name: string): string[] => [name, ...[median(name), times.get(name)?.at(0), times.get(name)?.at(-1)].map((ms) => ms?.toFixed(1) ?? '-')];

  console.log(aligned([['ms per evaluation', 'median', 'least', 'most'], ...ours.map(row), ['all groups', sum.toFixed(1), '', ''], ...Object.keys(PEERS).filter((name) => times.has(name)).map(row)]));
  console.log(`goal: ${ GOAL_MS } ms; ${ sum <= GOAL_MS ? 'met' : 'missed' }`);

  return sum <= GOAL_MS ? 0 : 1;
}

async function main(): Promise<number> {
  const charts = new Charts();
  const { spec } = renderRules(charts);

  charts.remove();
  const pods = await servePods({ gateway, others }, options.scraped === 'all');
  const monitoring = await startMonitoring({ rules: quickened(spec), targets: pods.targets, interval: `${ INTERVAL_MS / 1000 }s` });

  try {
    console.error(`${ pods.targets.length } targets, ${ pods.series } series; warming up`);
    await sleep(WARM_UP_MS);
    const [up] = await monitoring.query('sum(up)');

    if (up?.value !== pods.targets.length) {
      throw new BenchError('SCRAPES_FAIL', `${ up?.value ?? 0 } of ${ pods.targets.length } targets are scraped in time`, 'run it on a machine that is less busy, or with fewer series');
    }

    return report(await measure(monitoring));
  } finally {
    await monitoring.stop();
    pods.server.closeAllConnections();
    pods.server.close();
  }
}

await finish(main);
