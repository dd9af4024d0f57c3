import { setTimeout as sleep } from 'node:timers/promises';
import type { PodMetricsList, V1PodList, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { TestCluster } from '../testing/cluster.ts';
import { startWholeCluster } from './testing/cluster.ts';
import { exists, get } from './testing/objects.ts';

const PORT = 26900;
const REPLICAS = 3;
const REQUEST_CORES = 0.02;
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startWholeCluster();
  await vi.waitFor(async () => expect(await exists(cluster, 'serviceaccount', 'default')).toBe(true), { timeout: 20_000 });
  await cluster.apply(deployment(), autoscaler());
  await vi.waitFor(async () => expect(await cpuUtilization()).toBeTypeOf('number'), { timeout: 60_000, interval: 500 });
});

afterAll(async () => cluster?.stop());

/** The scheduling of the sandbox's charts: one pod of a service on the real node if there is room, all others elsewhere. */
function affinity(labels: object): object {
  return {
    nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: 'sandbox.tartware.io/real', operator: 'Exists' }] } }] },
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: labels }, topologyKey: 'sandbox.tartware.io/real' }] },
  };
}

function deployment(): object {
  const labels = { 'app.kubernetes.io/name': 'burner', 'app.kubernetes.io/part-of': 'tartware' };
  const container = {
    name: 'burner',
    image: 'test/node:1',
    args: ['burner.ts'],
    env: [{ name: 'PORT', value: String(PORT) }],
    ports: [{ name: 'http', containerPort: PORT }],
    readinessProbe: { httpGet: { port: 'http', path: '/' }, periodSeconds: 1 },
    resources: { requests: { cpu: String(REQUEST_CORES), memory: '64Mi' } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'burner', namespace: 'default', labels },
    spec: { replicas: REPLICAS, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { affinity: affinity(labels), containers: [container] } } },
  };
}

function autoscaler(): object {
  const metrics = [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'burner', target: { type: 'Utilization', averageUtilization: 70 } } }];
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'burner', namespace: 'default' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'burner' }, minReplicas: REPLICAS, maxReplicas: 40, metrics } };
}

async function autoscalerStatus(): Promise<NonNullable<V2HorizontalPodAutoscaler['status']>> {
  return (await get<V2HorizontalPodAutoscaler>(cluster, 'hpa', 'burner')).status ?? { desiredReplicas: 0 };
}

/** In percent of the request; undefined is what `kubectl get hpa` calls <unknown>. */
async function cpuUtilization(): Promise<number | undefined> {
  return (await autoscalerStatus()).currentMetrics?.[0]?.containerResource?.current.averageUtilization;
}

async function setLoad(cores: number): Promise<void> {
  const response = await fetch(`http://${cluster.context.address}:${PORT}/load/${cores}`, { method: 'PUT' });
  expect(response.ok).toBe(true);
}

async function pods(): Promise<V1PodList['items']> {
  return (JSON.parse(await cluster.kubectl('get', 'pods', '-l', 'app.kubernetes.io/name=burner', '-o', 'json')) as V1PodList).items;
}

async function realPod(): Promise<string | undefined> {
  return (await pods()).find(({ metadata, spec }) => spec?.nodeName === 'tartware-real' && !metadata?.deletionTimestamp)?.metadata?.name;
}

/** metrics-server writes cores as `12345n`, or with a larger unit when that is exact. */
function coresOf(quantity: string): number {
  const [, digits, unit = ''] = /^(\d+)([num]?)$/.exec(quantity) ?? [];
  return Number(digits) * { n: 1e-9, u: 1e-6, m: 1e-3, '': 1 }[unit as 'n' | 'u' | 'm' | ''];
}

/** Cores that metrics-server reports for all replicas together. */
async function reportedCores(): Promise<{ cores: number; pods: number }> {
  const { items } = JSON.parse(await cluster.kubectl('get', '--raw', '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods')) as PodMetricsList;
  return { cores: items.flatMap(({ containers }) => containers).reduce((sum, { usage }) => sum + coresOf(usage.cpu ?? '0'), 0), pods: items.length };
}

test('load on the one real pod scales the service onto simulated nodes, and the autoscaler never loses sight of it', async () => {
  await setLoad(0.2);
  let unknown = 0;
  // 0.2 cores at 70 % of 0.02 cores each are 15 replicas.
  const settled = await vi.waitFor(async () => {
    const status = await autoscalerStatus();
    if (status.currentMetrics?.[0]?.containerResource?.current.averageUtilization === undefined) unknown += 1;
    expect(status.currentReplicas).toBeGreaterThanOrEqual(12);
    return status.currentReplicas;
  }, { timeout: 90_000, interval: 500 });
  for (let check = 0; check < 50; check += 1) {
    if ((await cpuUtilization()) === undefined) unknown += 1;
    await sleep(500);
  }
  expect(unknown).toBe(0);
  expect(settled).toBeLessThanOrEqual(20);
});

test('the replicas together report what the one process uses', async () => {
  const { cores, pods: count } = await reportedCores();
  expect(count).toBeGreaterThanOrEqual(12);
  // A busy machine may keep the process from getting all it wants.
  expect(cores).toBeGreaterThan(0.1);
  expect(cores).toBeLessThan(0.26);
  const top = await cluster.kubectl('top', 'node', '--no-headers');
  expect(top.split('\n').filter((line) => line.includes('<unknown>'))).toEqual([]);
});

test('a simulated pod says so where its log would be', async () => {
  const simulated = (await pods()).find(({ spec }) => spec?.nodeName !== 'tartware-real');
  expect(await cluster.kubectl('logs', simulated?.metadata?.name ?? '')).toContain('is simulated by KWOK');
});

test('the real pod survives the scale-down', async () => {
  const before = await realPod();
  expect(before).toBeDefined();
  await setLoad(0);
  await vi.waitFor(async () => expect(await pods()).toHaveLength(REPLICAS), { timeout: 110_000, interval: 1_000 });
  expect(await realPod()).toBe(before);
});

test('a service that lost its real pod gets one again', async () => {
  const before = await realPod();
  await cluster.kubectl('cordon', 'tartware-real');
  await cluster.kubectl('delete', 'pod', before ?? '');
  await vi.waitFor(async () => expect((await pods()).filter(({ status }) => status?.phase === 'Running')).toHaveLength(REPLICAS), { timeout: 20_000 });
  expect(await realPod()).toBeUndefined();
  await cluster.kubectl('uncordon', 'tartware-real');
  await vi.waitFor(async () => expect(await realPod()).toBeDefined(), { timeout: 60_000, interval: 500 });
});

test('an agent that is stopped does not wait for those who still ask it', async () => {
  const started = Date.now();
  await cluster.supervisor.stopPart('agent');
  expect(Date.now() - started).toBeLessThan(10_000);
});
