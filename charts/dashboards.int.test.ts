import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dashboards } from './dashboards/index.ts';
import { cadvisorMetrics, kubeStateMetrics, nodeExporterMetrics, prometheusMetrics, serviceMetrics } from './testing/exported-metrics.ts';
import { Charts } from './testing/helm.ts';
import { startMonitoring } from './testing/monitoring.ts';
import type { Monitoring } from './testing/monitoring.ts';
import { SCRAPED, labelsOf, metricsIn, unknownLabels } from './testing/query-labels.ts';
import type { Syntax } from './testing/query-labels.ts';
import { isAlert, renderRules } from './testing/rules.ts';
import type { RuleFile } from './testing/rules.ts';

const runbooks = new URL('../docs/runbooks/', import.meta.url);
let rules: RuleFile;
let monitoring: Monitoring;
let known: Map<string, readonly string[] | undefined>;

const parsed = async (query: string): Promise<Syntax> => (await monitoring.prometheus('parse_query', { query })) as Syntax;

beforeAll(async () => {
  const charts = new Charts();

  rules = renderRules(charts).spec;
  charts.remove();
  monitoring = await startMonitoring({ rules, targets: [], interval: '5s' });
  known = new Map([...kubeStateMetrics, ...nodeExporterMetrics, ...cadvisorMetrics, ...prometheusMetrics].map((name) => [name, undefined]));
  for (const [name, labels] of await serviceMetrics()) {
    known.set(name, [...labels, ...SCRAPED]);
  }
  for (const rule of rules.groups.flatMap((group) => group.rules)) {
    if (!isAlert(rule)) known.set(rule.record, labelsOf(await parsed(rule.expr), known)?.concat(Object.keys(rule.labels ?? {})));
  }
});
afterAll(async () => monitoring?.stop());

/** As Grafana fills its variables in. */
function filled(query: string): string {
  const values = { __rate_interval: '2m', cluster: '.*', namespace: 'tartware-system', service: 'rooms' };

  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`$${ name }`, value), query);
}

/** What is wrong with a query: Prometheus does not understand it, cannot answer it, or nobody exports a metric or a label that it asks for. */
async function faults(query: string): Promise<string[]> {
  try {
    const syntax = await parsed(query);
    const metrics = metricsIn(syntax);
    const unknown = metrics.filter((metric) => !known.has(metric));

    await monitoring.query(query);

    return metrics.length === 0
      ? [`asks for no metric: ${ query }`]
      : [...unknown.map((metric) => `nobody exports ${ metric }: ${ query }`), ...unknownLabels(syntax, known).map((label) => `there is no label ${ label }: ${ query }`)];
  } catch (error) {
    return [String(error)];
  }
}

async function allFaults(queries: readonly string[]): Promise<string[]> {
  return (await Promise.all(queries.map(faults))).flat();
}

describe.each(Object.entries(dashboards))('dashboard %s', (_name, { rows, variables }) => {
  test('Prometheus answers every query, and somebody exports every metric', async () => {
    const queries = rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries.map(({ expr }) => filled(expr))));

    expect(queries.length).toBeGreaterThan(10);
    expect(await allFaults(queries)).toEqual([]);
  });

  test('so do its variables', async () => {
    const selectors = variables.map(({ query }) => filled(/^label_values\((.+), \w+\)$/.exec(query)?.[1] ?? ''));

    expect(await allFaults(selectors)).toEqual([]);
  });
});

test('somebody exports every metric that a rule reads', async () => {
  expect(await allFaults(rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)))).toEqual([]);
});

test('every query of a runbook can be asked as it stands', async () => {
  const texts = readdirSync(runbooks).map((file) => readFileSync(new URL(file, runbooks), 'utf8'));
  const queries = texts.flatMap((text) => [...text.matchAll(/`promql '([^']+)'`/g)].map(([, query]) => query ?? '')).filter((query) => query !== '…');

  expect(queries.length).toBeGreaterThan(20);
  expect(await allFaults(queries)).toEqual([]);
});

test('a metric or a label that nobody exports is noticed', async () => {
  expect(await faults('rate(http_request_total[2m])')).toEqual(['nobody exports http_request_total: rate(http_request_total[2m])']);
  expect((await faults('rate(up)')).join()).toContain('expected type range vector');
  expect(await Promise.all([
    'sum by (le, path) (rate(http_request_duration_seconds_bucket{status="200"}[2m]))',
    'sum by (job_name) (rate(job_runs_total[5m]))',
    'tartware:gateway_requests:rate2m{service="api-gateway"}',
    'sum by (pod) (sum by (service) (db_pool_active))',
    'sum by (kind) (label_replace(db_pool_max, "sort", "$1", "pod", "(.*)"))',
  ].map(async (query) => (await faults(query)).map((fault) => fault.replace(`: ${ query }`, ''))))).toEqual([
    ['there is no label path of http_request_duration_seconds_bucket', 'there is no label status of http_request_duration_seconds_bucket'],
    ['there is no label job_name of job_runs_total'],
    ['there is no label service of tartware:gateway_requests:rate2m'],
    ['there is no label pod of db_pool_active'],
    ['there is no label kind of db_pool_max'],
  ]);
});
