/** Who gets into the namespaces that the platform walls off. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { helm, loadState, PLATFORM, releaseValues } from './platform/state.ts';
import { connects, objectsOf } from './testing/network.ts';
import type { End, NetworkPolicy } from './testing/network.ts';

const { namespaces } = releaseValues(loadState(), 'production').get('kube-system/namespaces') as { namespaces: Record<string, { ambient?: boolean }> };
const pod = (namespace: string, name = ''): End => ({ namespace, labels: { 'app.kubernetes.io/name': name } });
/** With the port of one of its probes. */
const walled: readonly [string, End, number][] = [
  ['PostgreSQL', pod('database', 'tartware-postgresql'), 8000],
  ['Jaeger', pod('tracing', 'jaeger'), 13_133],
  ['OpenSearch', pod('tracing', 'opensearch'), 9200],
];
/** Whence probes of pods in an ambient mesh come. */
const kubelet: readonly End[] = [{ address: '169.254.7.127' }, { address: 'fd16:9254:7127:1337:ffff:ffff:ffff:ffff' }];
let policies: NetworkPolicy[];

const policiesOf = (values: typeof namespaces): NetworkPolicy[] => objectsOf<NetworkPolicy>(
  parseAllDocuments(helm(['template', 'namespaces', join(PLATFORM, 'namespaces'), '--set-json', `namespaces=${ JSON.stringify(values) }`]))
    .map((document) => document.toJS() as { kind: string } | null).filter((object) => object !== null),
  'NetworkPolicy',
);

beforeAll(() => {
  policies = policiesOf(namespaces);
});

/** Namespaces of the platform whose pods reach another's. */
const reaching = (to: End, port: number): string[] => Object.keys(namespaces).filter((name) => connects(policies, pod(name), to, port)).sort();

test('what keeps data is reached by those who use it and by nobody else', () => {
  expect(reaching(pod('database'), 5432)).toEqual(['cattle-monitoring-system', 'clickhouse-operator', 'cnpg-system', 'database', 'redis-operator', 'strimzi', 'tartware-system']);
  expect(reaching(pod('vault'), 8200)).toEqual(['cattle-monitoring-system', 'external-secrets', 'vault']);
});

test('spans come from services and proxies, and their storage is reached by Jaeger and its own pods alone', () => {
  expect(reaching(pod('tracing', 'jaeger'), 4317)).toEqual(['cattle-monitoring-system', 'istio-ingress', 'platform', 'tartware-system', 'tracing']);
  for (const port of [9200, 15_008]) {
    expect(reaching(pod('tracing', 'opensearch'), port)).toEqual([]);
    expect([connects(policies, pod('tracing', 'jaeger'), pod('tracing', 'opensearch'), port), connects(policies, pod('tracing', 'opensearch'), pod('tracing', 'opensearch'), port)]).toEqual([true, true]);
  }
});

test.each(walled)('in the ambient mesh the kubelet\'s probes reach %s, outside of it they need no rule', (_, to, port) => {
  const outside = policiesOf(Object.fromEntries(Object.entries(namespaces).map(([name, namespace]) => [name, { ...namespace, ambient: false }])));

  expect(kubelet.map((from) => connects(policies, from, to, port))).toEqual([true, true]);
  expect(kubelet.map((from) => connects(outside, from, to, port))).toEqual([false, false]);
  expect(connects(policies, { address: '169.254.7.128' }, to, port)).toBe(false);
});

test('the kubelet asks OpenSearch for its health and nothing else', () => {
  expect(kubelet.map((from) => connects(policies, from, pod('tracing', 'opensearch'), 9300))).toEqual([false, false]);
});
