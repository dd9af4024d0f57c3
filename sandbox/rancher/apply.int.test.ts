import { ApiextensionsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_SERVER, startTestCluster, type TestCluster } from '../testing/cluster.ts';
import { applyRancherObjects } from './apply.ts';
import { sandboxUsers } from './users.ts';

interface RancherCluster {
  readonly metadata: { readonly resourceVersion: string };
  readonly status: Readonly<Record<string, unknown>>;
}

const options = { serverUrl: 'http://127.0.0.1:8800', users: sandboxUsers({ admin: 'secret-a', viewer: 'secret-b' }) };
let cluster: TestCluster;
let core: CoreV1Api;
let custom: CustomObjectsApi;

const list = async (plural: string): Promise<unknown> => custom.listClusterCustomObject({ group: 'management.cattle.io', version: 'v3', plural });
const local = async (): Promise<RancherCluster> => custom.getClusterCustomObject({ group: 'management.cattle.io', version: 'v3', plural: 'clusters', name: 'local' }) as Promise<RancherCluster>;

beforeAll(async () => {
  cluster = await startTestCluster(API_SERVER);
  await applyRancherObjects(cluster.kubeconfig, options);
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  [core, custom] = [config.makeApiClient(CoreV1Api), config.makeApiClient(CustomObjectsApi)];
});

afterAll(async () => cluster?.stop());

describe('Rancher\'s objects', () => {
  it('stay as they are when applied again', async () => {
    const before = await Promise.all(['settings', 'features', 'users', 'clusters'].map(list));
    await applyRancherObjects(cluster.kubeconfig, options);
    const versionless = (lists: unknown[]): unknown => JSON.parse(JSON.stringify(lists, (key, value: unknown) => (key === 'metadata' && typeof value === 'object' && value !== null && 'continue' in value ? undefined : value)));
    expect(versionless(await Promise.all(['settings', 'features', 'users', 'clusters'].map(list)))).toEqual(versionless(before));
  });

  it('are refused to a cluster that has Rancher already, and leave it as it is', async () => {
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    const types = config.makeApiClient(ApiextensionsV1Api);
    const name = 'navlinks.ui.cattle.io';
    const taken = await types.readCustomResourceDefinition({ name });
    await types.deleteCustomResourceDefinition({ name });
    const gone = async (): Promise<boolean> => types.readCustomResourceDefinition({ name }).then(() => false, () => true);
    await expect.poll(gone, { timeout: 20_000 }).toBe(true);
    await types.createCustomResourceDefinition({ body: { metadata: { name, labels: { theirs: 'true' } }, spec: taken.spec } });

    await expect(applyRancherObjects(cluster.kubeconfig, options)).rejects.toMatchObject({ code: 'CLUSTER_HAS_RANCHER', message: expect.stringContaining(name) });
    expect((await types.readCustomResourceDefinition({ name })).metadata?.labels).toEqual({ theirs: 'true' });
    await types.deleteCustomResourceDefinition({ name });
    await expect.poll(gone, { timeout: 20_000 }).toBe(true);
    await applyRancherObjects(cluster.kubeconfig, options);
  });

  it('hold no password', async () => {
    expect(JSON.stringify(await list('users'))).not.toMatch(/secret-/);
  });

  it('follow the cluster\'s nodes and pods', async () => {
    expect((await local()).status).toMatchObject({ nodeCount: 0, capacity: { cpu: '0m', memory: '0Ki', pods: '0' } });
    const amounts = { cpu: '3500m', memory: '4Gi', pods: '110' };
    await core.createNode({ body: { metadata: { name: 'one' } } });
    await core.patchNodeStatus({ name: 'one', body: [{ op: 'add', path: '/status', value: { capacity: amounts, allocatable: { ...amounts, cpu: '3' } } }] });
    // No controller-manager runs here that would make it.
    await core.createNamespacedServiceAccount({ namespace: 'local', body: { metadata: { name: 'default' } } });
    const container = { name: 'c', image: 'c', resources: { requests: { cpu: '250m', memory: '64Mi' } } };
    await core.createNamespacedPod({ namespace: 'local', body: { metadata: { name: 'p' }, spec: { nodeName: 'one', automountServiceAccountToken: false, containers: [container, { ...container, name: 'd' }] } } });

    await applyRancherObjects(cluster.kubeconfig, options);
    expect((await local()).status).toMatchObject({
      nodeCount: 1,
      version: { gitVersion: 'v1.36.3' },
      capacity: { cpu: '3500m', memory: '4194304Ki', pods: '110' },
      allocatable: { cpu: '3000m' },
      requested: { cpu: '500m', memory: '131072Ki', pods: '1' },
    });
  });

  it('say who is to blame when the cluster isn\'t there', async () => {
    await expect(applyRancherObjects('/nowhere', options)).rejects.toThrow(/nowhere/);
  });
});
