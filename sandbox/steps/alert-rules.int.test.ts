import { afterAll, beforeAll, expect, it } from 'vitest';
import { MONITORING } from '../parts/monitoring.ts';
import { partNamed } from '../supervisor/part.ts';
import { API_SERVER, startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { alertRules, monitoringKinds } from './alert-rules.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster([...API_SERVER, monitoringKinds, partNamed(MONITORING, 'prometheus')]);
});
afterAll(async () => cluster?.stop());

function rule(alert: string, expr: string): object {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'tartware', namespace: 'default' },
    spec: { groups: [{ name: 'tartware.gateway', rules: [{ alert, expr }] }] },
  };
}

async function handOver(): Promise<string[]> {
  await alertRules.run(cluster.context, new AbortController().signal);
  const { address, ports } = cluster.context;
  const { data } = (await (await fetch(`http://${address}:${ports.prometheus}/api/v1/rules`)).json()) as { data: { groups: { rules: { name: string }[] }[] } };
  return data.groups.flatMap(({ rules }) => rules.map(({ name }) => name));
}

it('gives Prometheus the rules of the cluster, and what becomes of them', async () => {
  expect(await handOver()).toEqual([]);
  await cluster.apply(rule('One', 'vector(1)'));
  expect(await handOver()).toEqual(['One']);
  await cluster.apply(rule('Two', 'vector(2)'));
  expect(await handOver()).toEqual(['Two']);
  await cluster.kubectl('delete', 'prometheusrules', '--all', '-n', 'default');
  expect(await handOver()).toEqual([]);
});

it('refuses rules with a mistake in Prometheus\' own words, and leaves those that were there', async () => {
  await cluster.apply(rule('Good', 'vector(1)'));
  await handOver();
  await cluster.apply(rule('Broken', 'sum('));
  await expect(handOver()).rejects.toMatchObject({ code: 'RULES_REFUSED', message: expect.stringContaining('unclosed left parenthesis') });
  await cluster.apply(rule('Good', 'vector(1)'));
  expect(await handOver()).toEqual(['Good']);
});
