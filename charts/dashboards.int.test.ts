import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dashboards } from './dashboards/index.ts';
import { cadvisorMetrics, kubeStateMetrics, nodeExporterMetrics, prometheusMetrics, serviceMetrics } from './testing/exported-metrics.ts';
import { Charts } from './testing/helm.ts';
import { startMonitoring } from './testing/monitoring.ts';
import type { Monitoring } from './testing/monitoring.ts';
import { isAlert, renderRules } from './testing/rules.ts';
import type { RuleFile } from './testing/rules.ts';

const runbooks = new URL('../docs/runbooks/', import.meta.url);
let rules: RuleFile;
let monitoring: Monitoring;
let known: Set<string>;

/** A part of a query as Prometheus understood it. */
type Syntax = { type: string; name?: string } & Record<string, unknown>;

beforeAll(async () => {
  const charts = new Charts();

  rules = renderRules(charts).spec;
  charts.remove();
  const recorded = rules.groups.flatMap((group) => group.rules).flatMap((rule) => (isAlert(rule) ? [] : [rule.record]));

  known = new Set([...(await serviceMetrics()), ...kubeStateMetrics, ...nodeExporterMetrics, ...cadvisorMetrics, ...prometheusMetrics, ...recorded]);
  monitoring = await startMonitoring({ rules, targets: [], interval: '5s' });
});
afterAll(async () => monitoring?.stop());

/** As Grafana fills its variables in. */
function filled(query: string): string {
  const values = { __rate_interval: '2m', cluster: '.*', namespace: 'tartware-system', service: 'rooms' };

  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`$${ name }`, value), query);
}

function metricsIn(syntax: Syntax): string[] {
  const inner = Object.values(syntax).flat().filter((part): part is Syntax => typeof part === 'object' && part !== null && 'type' in part);
  const own = syntax.type === 'vectorSelector' || syntax.type === 'matrixSelector' ? [String(syntax.name)] : [];

  return [...own, ...inner.flatMap(metricsIn)];
}

/** What is wrong with a query: Prometheus does not understand it, cannot answer it, or nobody exports what it asks for. */
async function faults(query: string): Promise<string[]> {
  try {
    const metrics = metricsIn((await monitoring.prometheus('parse_query', { query })) as Syntax);
    const unknown = metrics.filter((metric) => !known.has(metric));

    await monitoring.query(query);

    return metrics.length === 0 ? [`asks for no metric: ${ query }`] : unknown.map((metric) => `nobody exports ${ metric }: ${ query }`);
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

test('a metric that nobody exports is noticed', async () => {
  expect(await faults('rate(http_request_total[2m])')).toEqual(['nobody exports http_request_total: rate(http_request_total[2m])']);
  expect((await faults('rate(up)')).join()).toContain('expected type range vector');
});
