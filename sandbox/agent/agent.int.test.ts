import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { V1Deployment, V1Job, V1Node, V1Pod, V1PodList } from '@kubernetes/client-node';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { TestCluster } from '../testing/cluster.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { startNodeCluster } from './testing/cluster.ts';
import { exists, get, isAlive, job, pod, shell } from './testing/objects.ts';

const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
const read = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startNodeCluster();
  // Pods need their namespace's account, which the controller-manager makes.
  await eventually(async () => expect(await exists(cluster, 'serviceaccount', 'default')).toBe(true));
});

afterAll(async () => cluster?.stop());

async function eventually(check: () => Promise<void> | void, timeout = 20_000): Promise<void> {
  await vi.waitFor(check, { timeout, interval: 200 });
}

async function statusOf(name: string): Promise<NonNullable<V1Pod['status']>> {
  return (await get<V1Pod>(cluster, 'pod', name)).status ?? {};
}

function conditionOf(status: NonNullable<V1Pod['status']>, type: string): string | undefined {
  return status.conditions?.find((condition) => condition.type === type)?.status;
}

test('the node is ready and says what it is', async () => {
  const { metadata, status } = await get<V1Node>(cluster, 'node', 'tartware-real');
  expect(metadata?.labels).toMatchObject({ 'sandbox.tartware.io/real': 'tartware-real', 'kubernetes.io/hostname': 'tartware-real' });
  expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
  expect(Number(status?.allocatable?.cpu)).toBeGreaterThanOrEqual(16);
  expect(await cluster.kubectl('get', 'lease', '-n', 'kube-node-lease', 'tartware-real', '-o', 'jsonpath={.spec.holderIdentity}')).toBe('tartware-real');
});

test('a probe keeps a pod from being ready until it passes', async () => {
  const readinessProbe = { exec: { command: ['test', '-f', file('ready')] }, periodSeconds: 1, failureThreshold: 1 };
  await cluster.apply(pod('gated', shell('while :; do sleep 0.2; done', { readinessProbe })));
  await eventually(async () => expect((await statusOf('gated')).phase).toBe('Running'));
  expect(conditionOf(await statusOf('gated'), 'Ready')).toBe('False');
  writeFileSync(file('ready'), '');
  await eventually(async () => expect(conditionOf(await statusOf('gated'), 'Ready')).toBe('True'));
  rmSync(file('ready'));
  await eventually(async () => expect(conditionOf(await statusOf('gated'), 'ContainersReady')).toBe('False'));
});

test('a startup probe holds the liveness probe back, which then restarts what hangs', async () => {
  const probe = (name: string): object => ({ exec: { command: ['test', '-f', file(name)] }, periodSeconds: 1, failureThreshold: name === 'up' ? 30 : 1 });
  const container = shell(`sleep 3; touch ${file('up')} ${file('alive')}; exec sleep 60`, { startupProbe: probe('up'), livenessProbe: probe('alive') });
  await cluster.apply(pod('hanging', container, { terminationGracePeriodSeconds: 1 }));
  await eventually(async () => expect((await statusOf('hanging')).containerStatuses?.[0]).toMatchObject({ started: true, restartCount: 0 }));
  rmSync(file('alive'));
  await eventually(async () => expect((await statusOf('hanging')).containerStatuses?.[0]?.restartCount).toBe(1));
});

test('a crashing container is restarted at once, then waits ten seconds, with its logs of both runs', async () => {
  await cluster.apply(pod('crashing', shell('echo run $(cat counter 2>/dev/null); exit 3')));
  await eventually(async () => expect((await statusOf('crashing')).containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    state: { waiting: { reason: 'CrashLoopBackOff', message: expect.stringContaining('back-off 10s') } },
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  }));
  expect(await cluster.kubectl('logs', 'crashing')).toBe('run');
  expect(await cluster.kubectl('logs', 'crashing', '--previous')).toBe('run');
  await eventually(async () => expect((await statusOf('crashing')).containerStatuses?.[0]?.restartCount).toBe(2));
  expect(await cluster.kubectl('describe', 'pod', 'crashing')).toContain('BackOff');
});

test('a Job completes, and one that fails is tried again as often as it says', async () => {
  await cluster.apply(job('done', shell('echo working; exit 0'), 0), job('failing', shell('exit 1'), 1));
  await eventually(async () => expect((await get<V1Job>(cluster, 'job', 'done')).status?.succeeded).toBe(1));
  expect(await cluster.kubectl('logs', 'job/done')).toBe('working');
  await eventually(async () => expect((await get<V1Job>(cluster, 'job', 'failing')).status).toMatchObject({ failed: 2, conditions: expect.arrayContaining([expect.objectContaining({ type: 'Failed' })]) }), 40_000);
  const pods = JSON.parse(await cluster.kubectl('get', 'pods', '-l', 'job-name=failing', '-o', 'json')) as V1PodList;
  expect(pods.items.map(({ status }) => [status?.phase, status?.containerStatuses?.[0]?.state?.terminated?.exitCode])).toEqual([['Failed', 1], ['Failed', 1]]);
});

test('init containers run one after another before the others, and a failing one is tried again', async () => {
  const trace = file('trace');
  const init = (name: string, script: string): object => ({ ...shell(script), name });
  const initContainers = [init('first', `echo first >> ${trace}; test -f ${file('retried')} || { touch ${file('retried')}; exit 1; }`), init('second', `echo second >> ${trace}`)];
  await cluster.apply(pod('initialized', shell(`echo main >> ${trace}; exec sleep 60`), { initContainers } as object));
  await eventually(async () => expect(conditionOf(await statusOf('initialized'), 'Ready')).toBe('True'));
  expect(read('trace')).toBe('first\nfirst\nsecond\nmain\n');
  expect((await statusOf('initialized')).initContainerStatuses?.map(({ restartCount }) => restartCount)).toEqual([1, 0]);
});

test('the environment comes from the spec, secrets and the pod; a missing secret is waited for', async () => {
  const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, { name: 'URL', value: 'db://$(USER_NAME)' }];
  await cluster.apply(pod('configured', shell('echo "$USER_NAME $URL $IP $HOSTNAME $0"; exec sleep 60', { envFrom: [{ secretRef: { name: 'login' } }], env, command: ['sh', '-c'], args: ['echo "$USER_NAME $URL $IP $HOSTNAME $0"; exec sleep 60', '$(URL)'] })));
  await eventually(async () => expect((await statusOf('configured')).containerStatuses?.[0]?.state?.waiting).toEqual({ reason: 'CreateContainerConfigError', message: 'secret "login" not found' }));
  await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'default' }, stringData: { USER_NAME: 'ada' } });
  await eventually(async () => expect(await cluster.kubectl('logs', 'configured')).toBe(`ada db://ada ${cluster.context.address} configured db://ada`));
});

test('an image nobody knows is named', async () => {
  await cluster.apply(pod('unknown', { name: 'main', image: 'example.com/none:2' }));
  await eventually(async () => expect((await statusOf('unknown')).containerStatuses?.[0]?.state?.waiting).toMatchObject({ reason: 'ErrImagePull', message: expect.stringContaining('no such image in the sandbox\'s map: example.com/none:2') }));
  expect((await statusOf('unknown')).phase).toBe('Pending');
});

test('logs are followed until the container ends', async () => {
  await cluster.apply(pod('talking', shell(`echo one; echo two >&2; while ! test -f ${file('go')}; do sleep 0.1; done; echo three`), { restartPolicy: 'Never' }));
  await eventually(async () => expect(await cluster.kubectl('logs', 'talking')).toBe('one\ntwo'));
  const following = execa(join(cluster.context.bin, 'kubectl'), ['--kubeconfig', cluster.context.state('pki', 'admin.kubeconfig'), 'logs', '-f', 'talking'], { reject: false });
  await eventually(() => expect(following.nodeChildProcess.exitCode).toBeNull());
  writeFileSync(file('go'), '');
  expect((await following).stdout).toBe('one\ntwo\nthree');
  expect(await cluster.kubectl('logs', 'talking', '--tail=1')).toBe('three');
  expect(await cluster.kubectl('logs', 'talking', '--timestamps', '--tail=1')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z three$/);
  await expect(cluster.kubectl('logs', 'talking', '--previous')).rejects.toThrow();
});

test('a deleted pod runs its hook, gets SIGTERM, and ends within its grace', async () => {
  const script = `echo $$ > ${file('pid')}; trap 'echo term >> ${file('end')}; exit 0' TERM; while :; do sleep 0.1; done`;
  await cluster.apply(pod('polite', shell(script, { lifecycle: { preStop: { exec: { command: ['sh', '-c', `sleep 1; echo hook >> ${file('end')}`] } } } })));
  await eventually(() => expect(read('pid')).not.toBe(''));
  const started = Date.now();
  await cluster.kubectl('delete', 'pod', 'polite');
  expect(Date.now() - started).toBeLessThan(5_000);
  expect(read('end')).toBe('hook\nterm\n');
  expect(isAlive(Number(read('pid')))).toBe(false);
});

test('a pod that ignores SIGTERM is killed after its grace, with all it started', async () => {
  const script = `trap '' TERM; sleep 1000 & echo $$ $! > ${file('pids')}; while :; do sleep 0.1; done`;
  await cluster.apply(pod('stubborn', shell(script), { terminationGracePeriodSeconds: 3 }));
  await eventually(() => expect(read('pids')).not.toBe(''));
  const started = Date.now();
  await cluster.kubectl('delete', 'pod', 'stubborn');
  expect(Date.now() - started).toBeGreaterThanOrEqual(2_900);
  expect(read('pids').trim().split(' ').map(Number).some(isAlive)).toBe(false);
});

test('a pod that is deleted by force leaves no process', async () => {
  await cluster.apply(pod('forced', shell(`trap '' TERM; echo $$ > ${file('forced')}; while :; do sleep 0.1; done`)));
  await eventually(() => expect(read('forced')).not.toBe(''));
  await cluster.kubectl('delete', 'pod', 'forced', '--force', '--grace-period=0');
  await eventually(() => expect(isAlive(Number(read('forced')))).toBe(false));
});

test('a Deployment rolls from one version to the next', async () => {
  const deployment = (text: string): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'rolling', namespace: 'default' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'rolling' } }, template: { metadata: { labels: { app: 'rolling' } }, spec: { terminationGracePeriodSeconds: 2, containers: [shell(`echo ${text}; exec sleep 600`)] } } },
  });
  await cluster.apply(deployment('v1'));
  await cluster.kubectl('rollout', 'status', 'deployment/rolling', '--timeout=30s');
  await cluster.apply(deployment('v2'));
  await cluster.kubectl('rollout', 'status', 'deployment/rolling', '--timeout=60s');
  expect((await get<V1Deployment>(cluster, 'deployment', 'rolling')).status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
  const logs = await cluster.kubectl('logs', '-l', 'app=rolling', '--prefix=false');
  expect(logs).toContain('v2');
});

test('the kubelet endpoint serves usage, and nobody without a certificate', async () => {
  const metrics = await cluster.kubectl('get', '--raw', '/api/v1/nodes/tartware-real/proxy/metrics/resource');
  expect(metrics).toMatch(/container_cpu_usage_seconds_total\{container="main",namespace="default",pod="gated"\} [\d.]+ \d{13}/);
  expect(metrics).toMatch(/node_memory_working_set_bytes \d+ \d{13}/);
  const list = JSON.parse(await cluster.kubectl('get', '--raw', '/api/v1/nodes/tartware-real/proxy/pods')) as V1PodList;
  expect(list.items.map(({ metadata }) => metadata?.name)).toContain('gated');
  const { address, ports } = cluster.context;
  const anonymous = new Promise((resolve, reject) => {
    request(`https://${address}:${ports.agent}/pods`, { rejectUnauthorized: false }, resolve).on('error', reject).end();
  });
  await expect(anonymous).rejects.toThrow();
});

test('an agent that crashed leaves nothing running and starts its pods anew', async () => {
  await cluster.apply(pod('survivor', shell(`echo $$ >> ${file('survivor')}; exec sleep 600`)), pod('once', shell(`echo $$ > ${file('once')}; exec sleep 600`), { restartPolicy: 'Never' }));
  await eventually(() => expect([read('survivor'), read('once')]).not.toContain(''));
  const agent = cluster.supervisor.status().find(({ name }) => name === 'agent');
  process.kill(agent?.pid ?? Number.NaN, 'SIGKILL');
  await eventually(async () => expect((await statusOf('survivor')).containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true }), 30_000);
  await eventually(() => expect(read('survivor').trim().split('\n')).toHaveLength(2));
  const [before, after] = read('survivor').trim().split('\n').map(Number);
  expect([isAlive(before!), isAlive(after!), isAlive(Number(read('once')))]).toEqual([false, true, false]);
  expect((await statusOf('once')).phase).toBe('Failed');
});

test('an agent that is stopped ends its pods and marks the node as not ready', async () => {
  await cluster.supervisor.stopPart('agent');
  const { status } = await get<V1Node>(cluster, 'node', 'tartware-real');
  expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False', reason: 'AgentStopped' }));
  expect(isAlive(Number(read('survivor').trim().split('\n')[1]))).toBe(false);
});
