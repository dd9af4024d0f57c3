/** The real script with the real kubectl and helm, on a real control plane whose nodes KWOK keeps alive. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startChartCluster } from '../charts/testing/cluster.ts';
import { services } from '../charts/testing/services.ts';
import type { TestCluster } from '../sandbox/testing/cluster.ts';

const namespace = 'tartware-system';
let cluster: TestCluster;
let home: string;
/** A copy of the checkout's charts and scripts: the script packs a chart in its place, and looks at what changed. */
let script: string;

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
  for (const room of ['charts', 'scripts']) {
    cpSync(fileURLToPath(new URL(`../${ room }`, import.meta.url)), join(home, 'checkout', room), { recursive: true });
  }
  script = join(home, 'checkout', 'scripts', 'setup-kubernetes.sh');
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
    ['two control planes', 'CONTROL_PLANES: BAREMETAL_CONTROL_PLANE names 2 machines', { ...metal, BAREMETAL_CONTROL_PLANE: 'a,,b,a' }],
    ['a domain that is none', "SETTING_INVALID: DOMAIN is 'https://hotel.example.org'", { DOMAIN: 'https://hotel.example.org' }],
    ['a file as Rancher\'s kubeconfig that is none', 'CLUSTER_UNREACHABLE: Rancher\'s cluster does not answer', { RANCHER_KUBECONFIG: '/nonexistent' }],
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
    expect(readdirSync(join(home, '.local', 'state', 'tartware-setup'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toEqual([]);
  });
});

/** Small pods, and nothing to migrate: nodes of KWOK run no Job to its end. */
const small = (overrides: object = {}): string => valuesFile('small', {
  ...Object.fromEntries(services.map((service) => [service, {
    autoscaling: { minReplicas: 1 },
    resources: { requests: { cpu: '50m', memory: '384Mi' }, limits: { cpu: '1', memory: '1Gi' } },
    ...(service !== 'api-gateway' && { migration: { enabled: false } }),
    ...(overrides as Record<string, object>)[service],
  }])),
});
const migratingCore = { core: { migration: { enabled: true } } };
const steps = ['--skip', 'platform', '--timeout', '120s'];

/** A kind of Rancher's that takes any content: Rancher itself is not here. */
function anyKind(group: string, version: string, kind: string): object {
  const singular = kind.toLowerCase();

  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${ singular }s.${ group }` },
    spec: {
      group, scope: 'Namespaced', names: { kind, singular, plural: `${ singular }s` },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  };
}

describe('on a cluster', () => {
  beforeAll(async () => cluster.apply(anyKind('catalog.cattle.io', 'v1', 'UIPlugin')));

  test('namespaces come first, and Secrets that lack are named with their keys', async () => {
    expect(await setup(['--only', 'namespaces'])).toMatchObject({ exitCode: 0 });
    const { exitCode, all } = await setup([...steps, '--values', small(migratingCore)]);

    expect({ exitCode, all }).toMatchObject({ exitCode: 1, all: expect.stringMatching(/VALUES_REFUSED.*tartware-core-database, with the keys DATABASE_URL.*--only namespaces/s) });
    expect(await cluster.kubectl('get', 'deployments', '-n', namespace, '-o', 'name')).toBe('');
    // What it says is enough to make them.
    await cluster.apply(...[...all.matchAll(/ {2}(tartware-\S+), with the keys (.+)/g)].map(([, name, keys = '']) => (
      { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: Object.fromEntries(keys.split(', ').map((key) => [key, 'value'])) }
    )));
  });

  test('a run that is killed while Helm waits is taken up by the next, which passes over what was done', async () => {
    const hanging = execa(script, [...steps, '--values', small(migratingCore)], {
      all: true, reject: false, stdin: 'ignore', extendEnv: false, detached: true,
      env: { PATH: [cluster.context.bin, '/usr/bin', '/bin'].join(delimiter), HOME: home, KUBECONFIG: cluster.kubeconfig, ENVIRONMENT: 'dev', AUTO_DEPLOY: 'true' },
    });

    await vi.waitFor(async () => expect(await cluster.kubectl('get', 'jobs', '-n', namespace, '-o', 'name')).toContain('core-migrate'), { timeout: 60_000, interval: 200 });
    process.kill(-(hanging.pid ?? 0), 'SIGKILL');
    await hanging;
    const { exitCode, all } = await setup([...steps, '--values', small()]);

    expect({ exitCode, all }).toMatchObject({ exitCode: 0, all: expect.stringMatching(/was left pending by a run that was killed.*command-center: 1 of 1 pods ready.*Done\./s) });
    expect(await cluster.kubectl('get', 'uiplugins.catalog.cattle.io', '-n', 'cattle-ui-plugin-system', '-o', 'name')).toContain('tartware');
    expect(await cluster.kubectl('get', 'crds', '-o', 'name')).toContain('loadtests.tartware.io');
  });

  test('two runs at once are one too many', async () => {
    const folder = join(home, '.local', 'state', 'tartware-setup', await cluster.kubectl('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'));

    writeFileSync(join(folder, 'running'), `${ process.pid }\n`);
    expect(await setup([...steps, '--values', small()])).toMatchObject({ exitCode: 1, all: expect.stringContaining(`ALREADY_RUNNING: process ${ process.pid } of an earlier run`) });
    rmSync(join(folder, 'running'));
  });

  test('another run with the same settings does nothing again, and still sees that all is ready', async () => {
    const { exitCode, all } = await setup([...steps, '--values', small()]);

    expect(exitCode, all).toBe(0);
    expect(all.match(/done by an earlier run/g), all).toHaveLength(4);
    expect(all).toContain('api-gateway: 1 of 1 pods ready');
  });

  test('with changed values, or by --again, a step is done again', async () => {
    const only = ['--only', 'controller', '--values'];

    expect((await setup([...only, small({ rooms: { logLevel: 'debug' } })])).all).not.toContain('earlier run');
    expect((await setup([...only, small({ rooms: { logLevel: 'debug' } })])).all).toContain('earlier run');
    expect((await setup(['--again', ...only, small({ rooms: { logLevel: 'debug' } })])).all).not.toContain('earlier run');
  });

  test('a service that does not get ready is named, and the script says how to go on', async () => {
    const stuck = small({ rooms: { scheduling: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'nowhere', operator: 'Exists' }] }] } } } } } });
    const { exitCode, all } = await setup(['--skip', 'platform', '--timeout', '3s', '--values', stuck]);

    expect({ exitCode, all }).toMatchObject({ exitCode: 1, all: expect.stringMatching(/SERVICE_NOT_READY: rooms is not ready after 3s.*Step "verify" did not finish/s) });
  });
});

describe('the cluster, made by Rancher', () => {
  const rancher = 'fleet-default';
  const vsphere = {
    INFRASTRUCTURE_PROVIDER: 'vsphere', VSPHERE_CLOUD_CREDENTIAL: 'cattle-global-data:cc-1', VSPHERE_DATACENTER: '/DC', VSPHERE_DATASTORE: '/DC/ds', VSPHERE_FOLDER: '/DC/vm/hotel',
    VSPHERE_NETWORK: '/DC/network/hotel', VSPHERE_RESOURCE_POOL: '/DC/host/c/Resources', VSPHERE_TEMPLATE: '/DC/vm/template',
  };

  beforeAll(async () => {
    await cluster.apply(
      anyKind('provisioning.cattle.io', 'v1', 'Cluster'), anyKind('rke-machine-config.cattle.io', 'v1', 'VmwarevsphereConfig'), anyKind('rke-machine-config.cattle.io', 'v1', 'Amazonec2Config'),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: rancher } },
    );
    await cluster.kubectl('wait', '--for=condition=Established', '--all', 'crd', '--timeout=60s');
  });

  /** What Rancher does once the machines have joined: the cluster is ready, and its kubeconfig lies in a Secret. */
  async function playRancher(): Promise<void> {
    await vi.waitFor(async () => cluster.kubectl('get', 'clusters.provisioning.cattle.io/tartware', '-n', rancher), { timeout: 60_000, interval: 200 });
    const config = await cluster.kubectl('config', 'view', '--raw', '-o', 'json');

    await cluster.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tartware-kubeconfig', namespace: rancher }, stringData: { value: config } });
    await cluster.kubectl('patch', 'clusters.provisioning.cattle.io/tartware', '-n', rancher, '--type=merge', '-p', '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}');
  }

  test('gets its machines as the variables say, and is used from then on', async () => {
    const [{ exitCode, all }] = await Promise.all([setup(['--only', 'cluster'], { ...vsphere, RANCHER_KUBECONFIG: cluster.kubeconfig, KUBECONFIG: '/dev/null' }), playRancher()]);

    expect({ exitCode, all }).toMatchObject({ exitCode: 0, all: expect.stringMatching(/its kubeconfig is .*Kubernetes 1\.36 with 3 nodes/s) });
    const machines = await cluster.kubectl('get', 'vmwarevsphereconfigs', '-n', rancher, '-o', 'jsonpath={range .items[*]}{.metadata.name} {.cloneFrom} {.network[0]}{"\\n"}{end}');
    const pools = await cluster.kubectl('get', 'clusters.provisioning.cattle.io/tartware', '-n', rancher, '-o', 'jsonpath={.spec.cloudCredentialSecretName} {.spec.rkeConfig.machinePools[*].machineConfigRef.kind}');

    expect(machines.trim().split('\n').sort()).toEqual(['compute', 'control-plane', 'memory'].map((pool) => `tartware-${ pool } /DC/vm/template /DC/network/hotel`));
    expect(pools).toBe('cattle-global-data:cc-1 VmwarevsphereConfig VmwarevsphereConfig VmwarevsphereConfig');
    expect(await cluster.kubectl('get', 'amazonec2configs', '-n', rancher, '-o', 'name')).toBe('');
  });

  test('is left as it is by the next run, whatever has grown since, and a dry run says what it would make', async () => {
    const rancherToo = { ...vsphere, RANCHER_KUBECONFIG: cluster.kubeconfig };

    await cluster.kubectl('patch', 'clusters.provisioning.cattle.io/tartware', '-n', rancher, '--type=json', '-p', '[{"op":"replace","path":"/spec/rkeConfig/machinePools/1/quantity","value":30}]');
    expect(await setup(['--only', 'cluster', '--again'], rancherToo)).toMatchObject({ exitCode: 0, all: expect.stringContaining('the cluster tartware is there already') });
    expect(await cluster.kubectl('get', 'clusters.provisioning.cattle.io/tartware', '-n', rancher, '-o', 'jsonpath={.spec.rkeConfig.machinePools[1].quantity}')).toBe('30');
    await cluster.kubectl('delete', 'clusters.provisioning.cattle.io/tartware', '-n', rancher);
    expect(await setup(['--only', 'cluster', '--again', '--dry-run'], rancherToo)).toMatchObject({ exitCode: 0, all: expect.stringMatching(/would run: kubectl --kubeconfig \S+ apply .*provider=vsphere[^]*Done\./) });
    expect(await cluster.kubectl('get', 'clusters.provisioning.cattle.io', '-n', rancher, '-o', 'name')).toBe('');
  });

  test('without Rancher\'s kubeconfig it is refused', async () => {
    expect(await setup(['--only', 'cluster'], vsphere)).toMatchObject({ exitCode: 1, all: expect.stringContaining('VARIABLE_MISSING: RANCHER_KUBECONFIG is not set') });
  });
});
