import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AuthorizationV1Api, KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { describe as words } from '../sandbox/agent/cluster/client.ts';
import { kubectl } from '../sandbox/kubectl.ts';
import { CONTROL_PLANE } from '../sandbox/parts/control-plane.ts';
import { partNamed } from '../sandbox/supervisor/part.ts';
import { API_SERVER, startTestCluster } from '../sandbox/testing/cluster.ts';
import type { TestCluster } from '../sandbox/testing/cluster.ts';
import { Charts } from './testing/helm.ts';
import type { Run } from './testing/helm.ts';
import { bad, good, misspelt, namespace, object } from './testing/loadtests.ts';

const monitoring = 'cattle-monitoring-system';
const prometheus = 'http:rancher-monitoring-prometheus:9090';
const alertmanager = 'http:rancher-monitoring-alertmanager:9093';
const users = ['viewer', 'operator', 'load-tester'] as const;
const patience = { timeout: 30_000, interval: 200 };
let charts: Charts;
let cluster: TestCluster;

async function upgrade(...args: string[]): Promise<Run> {
  return charts.helmIn(cluster.kubeconfig, ['upgrade', '--install', 'tartware-controller', 'tartware-controller', '--namespace', namespace, ...args]);
}

/** Sends objects as one list. @returns what kubectl said of each, refusals included */
async function send(objects: readonly object[], ...args: string[]): Promise<string> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });

  return kubectl(cluster.context, [...args, '-f', '-'], list).catch((error: unknown) => String(error));
}

function config(): KubeConfig {
  const loaded = new KubeConfig();

  loaded.loadFromFile(cluster.kubeconfig);

  return loaded;
}

function binding(user: string, where: string): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: user, namespace: where },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `tartware-${ user }` },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
  };
}

beforeAll(async () => {
  charts = new Charts();
  cluster = await startTestCluster([...API_SERVER, partNamed(CONTROL_PLANE, 'kube-controller-manager')]);
  for (const name of [namespace, monitoring]) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  await shipWithout('maxUsers');
  expect(await upgrade()).toEqual({ ok: true, output: expect.any(String) });
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd/loadtests.tartware.io', 'crd/loadtestprofiles.tartware.io', 'crd/scalingoverrides.tartware.io');
});
afterAll(async () => {
  await cluster?.stop();
  charts?.remove();
});

/** An older release of the chart, whose stages knew no such field. */
async function shipWithout(field: string): Promise<void> {
  const path = join(charts.folder, 'tartware-controller', 'templates', 'crds', '_load.tpl');
  const now = readFileSync(path, 'utf8');

  writeFileSync(path, now.replace(`    ${ field }:`, '    formerly:'));
  expect(await upgrade()).toEqual({ ok: true, output: expect.any(String) });
  writeFileSync(path, now);
}

test('an upgrade brings the fields of the new definitions', async () => {
  const stages = '.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.load.properties';

  expect(Object.keys(JSON.parse(await cluster.kubectl('get', 'crd', 'loadtests.tartware.io', '-o', `jsonpath={${ stages }}`)) as object).sort()).toEqual(['maxUsers', 'model', 'stages', 'warmup']);
});

describe('the definitions', () => {
  test('take all good objects', async () => {
    const said = await send(good, 'create');

    expect(said.trim().split('\n')).toEqual(good.map(({ kind, metadata }) => `${ kind.toLowerCase() }.tartware.io/${ metadata.name } created`));
  });

  test('refuse bad ones, and say what is wrong', async () => {
    const api = KubernetesObjectApi.makeApiClient(config());
    const refusals = await Promise.all(bad.map(async ([what, spoilt]) => [what, await api.create(spoilt, undefined, 'All').then(() => 'taken', words)] as const));

    expect(Object.fromEntries(refusals)).toEqual(Object.fromEntries(bad.map(([what, , said]) => [what, expect.stringMatching(said)])));
    expect(await send([misspelt], 'create')).toContain('unknown field "targt"');
  });

  test('are explained by kubectl', async () => {
    // The API server publishes what it knows of new kinds a moment after it serves them.
    await vi.waitFor(async () => {
      expect(await cluster.kubectl('explain', 'loadtest.spec.load.maxUsers')).toContain('Requests under way at once');
    }, patience);
  });

  test('fill in what is left out', async () => {
    const read = async (path: string): Promise<string> => cluster.kubectl('get', 'loadtest', 'alone', '-n', namespace, '-o', `jsonpath={${ path }}`);

    expect([await read('.spec.load.model'), await read('.spec.stop')]).toEqual(['constant-arrival', '']);
  });

  test('show at a glance how a run stands', async () => {
    await patchStatus({ phase: 'Completed', launchedBy: 'admin', progress: { targetRps: 30_000, rps: 29_512.5 }, verdict: { result: 'Pass', score: 100 } });

    expect((await cluster.kubectl('get', 'lt', 'from-profile', '-n', namespace)).replace(/ +/g, ' ')).toMatch(/NAME PROFILE PHASE TARGET RPS RPS VERDICT AGE\nfrom-profile full Completed 30000 29512\.5 Pass/);
  });
});

async function patchStatus(status: object): Promise<string> {
  return cluster.kubectl('patch', 'loadtest', 'from-profile', '-n', namespace, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })).catch((error: unknown) => String(error));
}

describe('a run', () => {
  const change = async (spec: object): Promise<string> => cluster.kubectl('patch', 'loadtest', 'with-changes', '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })).catch((error: unknown) => String(error));

  test('does not change', async () => {
    expect(await change({ generator: { workers: 5 } })).toContain('generator is immutable');
    expect(await change({ profileRef: { name: 'smoke' } })).toContain('profileRef is immutable');
    expect(await change({ engine: 'k6' })).toContain('engine is immutable');
    expect(await change({ baseline: null })).toContain('baseline is immutable');
  });

  test('can be stopped, faster still, and not be let go on', async () => {
    expect(await change({ stop: 'Graceful' })).toContain('patched');
    expect(await change({ stop: '' })).toContain('a run that was asked to stop does not go on');
    expect(await change({ stop: 'Immediate' })).toContain('patched');
    expect(await change({ stop: 'Graceful' })).toContain('a run that was asked to stop does not go on');
  });

  test('that has ended does not begin again', async () => {
    expect(await patchStatus({ phase: 'Running' })).toContain('a run that has ended does not begin again');
    expect(await patchStatus({ phase: 'Resting' })).toContain('Unsupported value: "Resting"');
  });
});

test('an override keeps its limits; its end may be moved', async () => {
  const change = async (spec: object): Promise<string> => cluster.kubectl('patch', 'scalingoverride', 'tonight', '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })).catch((error: unknown) => String(error));

  expect(await change({ until: '2026-07-01T20:00:00Z' })).toContain('patched');
  expect(await change({ minReplicas: 50 })).toContain('only until and reason may change');
  expect(await change({ maxReplicas: 60 })).toContain('only until and reason may change');
});

interface Question {
  group?: string;
  resource: string;
  subresource?: string;
  name?: string;
  verb: string;
  where?: string;
}

/** The API server's answers to several questions about one user's rights, by way of its own authorizer. */
async function allowed(user: string, questions: readonly Question[]): Promise<boolean[]> {
  const api = config().makeApiClient(AuthorizationV1Api);

  return Promise.all(questions.map(async ({ where = namespace, ...attributes }) => {
    const { status } = await api.createSubjectAccessReview({ body: { spec: { user, resourceAttributes: { ...attributes, namespace: where } } } });

    return status?.allowed === true;
  }));
}

describe('the roles of people', () => {
  const proxy = (name: string, verb: string, where = monitoring): Question => ({ resource: 'services', subresource: 'proxy', name, verb, where });
  const tartware = (resource: string, verb: string): Question => ({ group: 'tartware.io', resource, verb });
  const nobody: readonly string[] = [];
  /** Each right, and who has it. */
  const matrix: readonly (readonly [Question, readonly string[]])[] = [
    [tartware('loadtests', 'list'), users],
    [tartware('loadtests', 'create'), ['load-tester']],
    [tartware('loadtests', 'patch'), ['load-tester']],
    [tartware('loadtests', 'delete'), ['load-tester']],
    [tartware('loadtestprofiles', 'update'), ['load-tester']],
    [tartware('scalingoverrides', 'watch'), users],
    [tartware('scalingoverrides', 'create'), ['operator']],
    [tartware('scalingoverrides', 'delete'), ['operator']],
    [{ ...tartware('loadtests', 'patch'), subresource: 'status' }, nobody],
    [{ group: 'autoscaling', resource: 'horizontalpodautoscalers', verb: 'get' }, users],
    [{ group: 'autoscaling', resource: 'horizontalpodautoscalers', verb: 'patch' }, ['operator']],
    [{ group: 'autoscaling', resource: 'horizontalpodautoscalers', verb: 'delete' }, nobody],
    [{ group: 'autoscaling', resource: 'horizontalpodautoscalers', verb: 'patch', where: 'default' }, nobody],
    [{ group: 'keda.sh', resource: 'scaledobjects', verb: 'patch' }, ['operator']],
    [{ group: 'apps', resource: 'deployments', subresource: 'scale', verb: 'patch' }, ['operator']],
    [{ group: 'apps', resource: 'deployments', verb: 'patch' }, nobody],
    [{ resource: 'pods', verb: 'list' }, users],
    [{ resource: 'pods', subresource: 'exec', verb: 'create' }, nobody],
    [{ resource: 'secrets', verb: 'get' }, nobody],
    [{ group: 'batch', resource: 'jobs', verb: 'create' }, nobody],
    [{ group: 'rbac.authorization.k8s.io', resource: 'rolebindings', verb: 'create' }, nobody],
    [proxy(prometheus, 'get'), users],
    [proxy(prometheus, 'create'), ['operator', 'load-tester']],
    [proxy(alertmanager, 'get'), users],
    [proxy(alertmanager, 'create'), ['operator']],
    [proxy('http:something-else:80', 'get'), nobody],
    [proxy('http:tartware-controller:8080', 'get', namespace), users],
  ];

  beforeAll(async () => {
    await cluster.apply(...users.flatMap((user) => [binding(user, namespace), binding(user, monitoring)]));
  });

  test('grant what each is for, and nothing else', async () => {
    const questions = matrix.map(([question]) => question);
    const answers = await Promise.all(users.map(async (user) => [user, await allowed(user, questions)] as const));
    const granted = questions.map((_, index) => answers.filter(([, yes]) => yes[index]).map(([user]) => user));

    expect(matrix.map(([question], index) => [question, granted[index]])).toEqual(matrix.map(([question, who]) => [question, [...who]]));
  });

  test('hold when it comes to it', async () => {
    const as = async (user: string, ...args: string[]): Promise<string> => cluster.kubectl(...args, '-n', namespace, '--as', user).catch((error: unknown) => String(error));
    const hpa = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'core', namespace }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'core' }, minReplicas: 2, maxReplicas: 4 } };
    const raise = ['patch', 'hpa', 'core', '--type=json', '-p', '[{"op":"test","path":"/spec/minReplicas","value":2},{"op":"replace","path":"/spec/minReplicas","value":3}]'];

    await cluster.apply(hpa);
    expect(await as('viewer', ...raise)).toMatch(/forbidden/i);
    expect(await as('load-tester', ...raise)).toMatch(/forbidden/i);
    expect(await as('operator', ...raise)).toContain('patched');
    expect(await send([object('LoadTest', 'by-operator', { profileRef: { name: 'smoke' } })], 'create', '--as', 'operator')).toMatch(/forbidden/i);
    expect(await send([object('LoadTest', 'by-tester', { profileRef: { name: 'smoke' } })], 'create', '--as', 'load-tester')).toContain('created');
  });

  test('are part of Kubernetes\' own: view sees, edit and admin act', async () => {
    const mayCreate = async (role: string): Promise<boolean[]> => {
      const rules = JSON.parse(await cluster.kubectl('get', 'clusterrole', role, '-o', 'json')) as { rules: { apiGroups?: string[]; resources?: string[]; verbs: string[] }[] };
      const mine = rules.rules.filter(({ apiGroups }) => apiGroups?.includes('tartware.io'));

      return ['get', 'create'].map((verb) => ['loadtests', 'scalingoverrides'].every((resource) => mine.some(({ resources, verbs }) => resources?.includes(resource) && verbs.includes(verb))));
    };

    await vi.waitFor(async () => {
      expect([await mayCreate('view'), await mayCreate('edit'), await mayCreate('admin')]).toEqual([[true, false], [true, true], [true, true]]);
    }, patience);
  });
});

describe('the controller\'s own rights', () => {
  const account = `system:serviceaccount:${ namespace }:tartware-controller`;
  const needed: readonly Question[] = [
    { group: 'tartware.io', resource: 'loadtests', subresource: 'status', verb: 'patch' },
    { group: 'tartware.io', resource: 'loadtests', subresource: 'finalizers', verb: 'update' },
    { group: 'batch', resource: 'jobs', verb: 'create' },
    { resource: 'configmaps', verb: 'create' },
    { resource: 'pods', verb: 'watch' },
    { group: 'autoscaling', resource: 'horizontalpodautoscalers', verb: 'patch' },
    { group: 'coordination.k8s.io', resource: 'leases', verb: 'create' },
    { group: 'coordination.k8s.io', resource: 'leases', verb: 'update', name: 'tartware-controller' },
  ];
  const refused: readonly Question[] = [
    { resource: 'secrets', verb: 'get' },
    { resource: 'pods', verb: 'create' },
    { group: 'apps', resource: 'deployments', verb: 'patch' },
    { group: 'tartware.io', resource: 'loadtests', verb: 'create' },
    { group: 'batch', resource: 'jobs', verb: 'create', where: 'default' },
    { group: 'coordination.k8s.io', resource: 'leases', verb: 'update', name: 'kube-controller-manager' },
    { resource: 'nodes', verb: 'patch' },
  ];

  test('are there with it, and end at its work and its namespaces', async () => {
    expect(await allowed(account, needed)).toEqual(needed.map(() => false));
    expect(await upgrade('--set', 'controller.enabled=true')).toMatchObject({ ok: true });
    expect(await allowed(account, needed)).toEqual(needed.map(() => true));
    expect(await allowed(account, refused)).toEqual(refused.map(() => false));
  });
});

test('an uninstall leaves definitions and objects, and the next install takes them over, with Helm 3 too', async () => {
  const helm3 = new Charts('3');
  const gone = await charts.helmIn(cluster.kubeconfig, ['uninstall', 'tartware-controller', '--namespace', namespace]);

  expect(gone).toMatchObject({ ok: true });
  expect(await cluster.kubectl('get', 'loadtests,scalingoverrides', '-n', namespace, '-o', 'name')).toContain('loadtest.tartware.io/from-profile');
  expect(await cluster.kubectl('get', 'clusterroles,deployments', '-A', '-o', 'name', '-l', 'app.kubernetes.io/name=tartware-controller')).toBe('');
  expect(await helm3.helmIn(cluster.kubeconfig, ['install', 'tartware-controller', 'tartware-controller', '--namespace', namespace])).toMatchObject({ ok: true });
  helm3.remove();
});
