import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { TestCluster } from '../sandbox/testing/cluster.ts';
import { REAL_NODE, startChartCluster } from './testing/cluster.ts';
import { Charts } from './testing/helm.ts';
import type { Run } from './testing/helm.ts';
import { domainServices, services, variants } from './testing/services.ts';

const namespace = 'tartware-system';
const patience = { timeout: 60_000, interval: 500 };
let charts: Charts;
let cluster: TestCluster;

interface Pod {
  metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string };
  status: { phase: string };
  spec: { nodeName?: string; containers: { env: { name: string; value: string }[] }[] };
}

beforeAll(async () => {
  charts = new Charts();
  cluster = await startChartCluster();
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } });
});
afterAll(async () => {
  await cluster?.stop();
  charts.remove();
});

async function pods(selector: string): Promise<Pod[]> {
  const { items } = JSON.parse(await cluster.kubectl('get', 'pods', '-n', namespace, '-l', selector, '-o', 'json')) as { items: Pod[] };

  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Ends one migration's pod as the node agent would when the process exits. @returns its name */
async function endMigration(phase: 'Succeeded' | 'Failed', ended: readonly string[]): Promise<string> {
  const pod = await vi.waitFor(async () => {
    const running = (await pods('app.kubernetes.io/component=migration')).find(({ metadata, status }) => status.phase === 'Running' && !ended.includes(metadata.name));

    if (running === undefined) {
      throw new Error('no migration is running');
    }

    return running;
  }, patience);
  const exitCode = phase === 'Succeeded' ? 0 : 1;
  const status = { phase, containerStatuses: [{ name: 'migrate', image: 'x', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode } } }] };

  expect(pod.spec.nodeName).toBe(REAL_NODE);
  await cluster.kubectl('patch', 'pod', '-n', namespace, pod.metadata.name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));

  return pod.metadata.name;
}

/** Helm runs them one after the other, and none after one that failed. */
async function endMigrations(migrations: 'Succeeded' | 'Failed'): Promise<void> {
  const ended: string[] = [];

  for (let count = 0; count < (migrations === 'Failed' ? 1 : domainServices.length); count += 1) {
    ended.push(await endMigration(migrations, ended));
  }
}

/** Installs or upgrades the sandbox's variant while the migrations end in the given way. */
async function deploy(migrations: 'Succeeded' | 'Failed', ...settings: string[]): Promise<Run> {
  const args = ['upgrade', '--install', 'tartware', 'tartware', '--namespace', namespace, '--timeout', '60s', ...variants.live];
  const [run] = await Promise.all([charts.helmIn(cluster.kubeconfig, [...args, ...settings]), endMigrations(migrations)]);

  return run;
}

async function nodesOf(service: string, settled: (found: Pod[]) => void): Promise<(string | undefined)[]> {
  return vi.waitFor(async () => {
    const found = await pods(`app.kubernetes.io/name=${ service },app.kubernetes.io/component=server`);

    settled(found);

    return found.map(({ spec }) => spec.nodeName);
  }, patience);
}

test('a failed migration stops the install before anything runs, and leaves its Job to look at', async () => {
  const { ok, output } = await deploy('Failed', '--set', 'billing.migration.retries=0');

  expect({ ok, output }).toMatchObject({ ok: false, output: expect.stringContaining('billing-migrate') });
  expect(await cluster.kubectl('get', 'deployments', '-n', namespace, '-o', 'name')).toBe('');
  expect(await cluster.kubectl('get', 'jobs', '-n', namespace, '-o', 'name')).toBe('job.batch/billing-migrate');
});

test('the next try installs everything, under enforced Pod Security "restricted"', async () => {
  expect(await deploy('Succeeded')).toMatchObject({ ok: true });
  for (const service of services) {
    await cluster.kubectl('rollout', 'status', `deployment/${ service }`, '-n', namespace, '--timeout=60s');
  }
  expect(await cluster.kubectl('get', 'jobs', '-n', namespace, '-o', 'name')).toBe('');
});

test('exactly one pod of each service is on the real node', async () => {
  for (const service of services) {
    const wanted = service === 'api-gateway' ? 2 : 1;
    const nodes = await nodesOf(service, (found) => expect(found).toHaveLength(wanted));

    expect(nodes.filter((node) => node === REAL_NODE), service).toHaveLength(1);
  }
});

test('more pods go to simulated nodes', async () => {
  await cluster.kubectl('patch', 'hpa', 'core', '-n', namespace, '--type=merge', '-p', '{"spec":{"minReplicas":6}}');
  const nodes = await nodesOf('core', (found) => expect(found.filter(({ spec }) => spec.nodeName !== undefined)).toHaveLength(6));

  expect(nodes.filter((node) => node === REAL_NODE)).toHaveLength(1);
});

test('an autoscaler that somebody changed stops the next upgrade, and keeps their value', async () => {
  const { ok, output } = await deploy('Succeeded');

  expect({ ok, output }).toMatchObject({ ok: false, output: expect.stringMatching(/conflict.*\.spec\.minReplicas/s) });
  expect(await cluster.kubectl('get', 'hpa', 'core', '-n', namespace, '-o', 'jsonpath={.spec.minReplicas}')).toBe('6');
});

test('after a rollout one pod of the new revision is on the real node', async () => {
  const isNew = ({ spec }: Pod): boolean => spec.containers.some(({ env }) => env.some(({ name, value }) => name === 'LOG_LEVEL' && value === 'debug'));

  expect(await deploy('Succeeded', '--force-conflicts', '--set', 'core.logLevel=debug', '--set', 'rooms.logLevel=debug')).toMatchObject({ ok: true });
  for (const service of ['core', 'rooms']) {
    await cluster.kubectl('rollout', 'status', `deployment/${ service }`, '-n', namespace, '--timeout=60s');
    const nodes = await nodesOf(service, (found) => expect(found.every(isNew)).toBe(true));

    expect(nodes.filter((node) => node === REAL_NODE), service).toHaveLength(1);
  }
});

test('uninstalling leaves nothing', async () => {
  expect(await charts.helmIn(cluster.kubeconfig, ['uninstall', 'tartware', '--namespace', namespace])).toMatchObject({ ok: true });
  const kinds = 'deployments,services,serviceaccounts,horizontalpodautoscalers,poddisruptionbudgets,jobs,resourcequotas,secrets';

  await vi.waitFor(async () => {
    expect(await cluster.kubectl('get', kinds, '-n', namespace, '-o', 'name')).toBe('serviceaccount/default');
    expect(await pods('app.kubernetes.io/part-of=tartware')).toEqual([]);
  }, patience);
});
