/** The real script with the real kubectl and helm, on a real control plane whose nodes KWOK keeps alive. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChartCluster } from '../charts/testing/cluster.ts';
import type { TestCluster } from '../sandbox/testing/cluster.ts';

const script = fileURLToPath(new URL('setup-kubernetes.sh', import.meta.url));
const namespace = 'tartware-system';
let cluster: TestCluster;
let home: string;

interface Run {
  exitCode: number | undefined;
  all: string;
}

/** Runs it as a user whose home is empty, without a terminal. */
async function setup(args: string[], env: Record<string, string> = {}): Promise<Run> {
  const { exitCode, all } = await execa(script, args, {
    all: true,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: { PATH: [cluster.context.bin, '/usr/bin', '/bin'].join(delimiter), HOME: home, KUBECONFIG: cluster.kubeconfig, ENVIRONMENT: 'dev', AUTO_DEPLOY: 'true', ...env },
  });

  return { exitCode, all };
}

/** A file of values below the home folder. */
function valuesFile(name: string, content: object): string {
  const path = join(home, `${ name }.yaml`);

  writeFileSync(path, JSON.stringify(content));

  return path;
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'tartware-setup-'));
  cluster = await startChartCluster();
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('before anything is changed', () => {
  const vsphere = { INFRASTRUCTURE_PROVIDER: 'vsphere', VSPHERE_CLOUD_CREDENTIAL: 'cattle-global-data:cc-1', VSPHERE_DATACENTER: '/DC' };
  const metal = { INFRASTRUCTURE_PROVIDER: 'baremetal', BAREMETAL_COMPUTE: 'a', BAREMETAL_MEMORY: 'b' };

  test.each<[string, string, Record<string, string>]>([
    ['a provider that there is none of', "PROVIDER_UNKNOWN: INFRASTRUCTURE_PROVIDER is 'azure'\n  → set it to one of: vsphere aws baremetal", { INFRASTRUCTURE_PROVIDER: 'azure' }],
    ['variables of the provider that lack, all at once', '    VSPHERE_TEMPLATE  template that machines are cloned from', vsphere],
    ['two control planes', 'CONTROL_PLANES: BAREMETAL_CONTROL_PLANE names 2 machines', { ...metal, BAREMETAL_CONTROL_PLANE: 'a,b' }],
    ['AUTO_DEPLOY that is neither', "SETTING_INVALID: AUTO_DEPLOY is 'yes'", { AUTO_DEPLOY: 'yes' }],
    ['an environment that there is none of', "SETTING_INVALID: ENVIRONMENT is 'prod'", { ENVIRONMENT: 'prod' }],
    ['a tag that names no version', 'SETTING_INVALID: IMAGE_TAG is latest', { IMAGE_TAG: 'latest' }],
    ['a registry with a scheme', "SETTING_INVALID: DOCKER_REGISTRY is 'https://registry.example.com'", { DOCKER_REGISTRY: 'https://registry.example.com' }],
    ['nobody to ask', 'NOT_CONFIRMED: nothing was changed', { AUTO_DEPLOY: 'false' }],
    ['a cluster that does not answer', 'CLUSTER_UNREACHABLE', { KUBECONFIG: '/dev/null' }],
  ])('%s is refused', async (_name, message, env) => {
    const { exitCode, all } = await setup(['--only', 'services'], env);

    expect({ exitCode, all }).toMatchObject({ exitCode: 1, all: expect.stringContaining(message) });
  });

  test.each([
    [['--only', 'service'], "there is no step 'service'; the steps are check cluster"],
    [['--timeout', 'soon'], "--timeout takes a number with s, m or h, not 'soon'"],
    [['--values'], '--values needs a value'],
    [['--force'], "unknown option '--force'"],
  ])('%s is wrong usage', async (args, message) => {
    expect(await setup(args)).toMatchObject({ exitCode: 2, all: expect.stringContaining(message) });
  });

  test('values that the chart refuses are refused in its words', async () => {
    const typo = valuesFile('typo', { rooms: { autoscaling: { minReplicas: 9, maxReplicas: 3 } } });

    expect(await setup(['--only', 'services', '--values', typo])).toMatchObject({ exitCode: 1, all: expect.stringMatching(/VALUES_REFUSED.*minReplicas 9 is above maxReplicas 3/s) });
  });

  test('who may not is told what', async () => {
    await cluster.apply({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'reads-nodes' }, rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] }] },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'reads-nodes' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reads-nodes' }, subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'viewer' }] });
    const viewer = join(home, 'viewer.kubeconfig');
    const config = JSON.parse(await cluster.kubectl('config', 'view', '--raw', '-o', 'json')) as { users: { user: Record<string, string> }[] };

    for (const { user } of config.users) user['as'] = 'viewer';
    writeFileSync(viewer, JSON.stringify(config));
    expect(await setup(['--only', 'services', '--kubeconfig', viewer])).toMatchObject({ exitCode: 1, all: expect.stringContaining(`FORBIDDEN: you may not: create deployments.apps -n ${ namespace }`) });
  });

  test('--dry-run says what would be run, and leaves the cluster alone, and nothing for done', async () => {
    const { exitCode, all } = await setup(['--only', 'namespaces,services', '--dry-run']);

    expect({ exitCode, all }).toMatchObject({ exitCode: 0, all: expect.stringContaining('would run: helm upgrade tartware') });
    expect(await cluster.kubectl('get', 'namespaces', '-o', 'name')).not.toContain(namespace);
    expect(existsSync(join(home, '.local', 'state', 'tartware-setup'))).toBe(false);
  });
});
