import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseQuantity, quantityToNumber } from '../pkg/domain/quantity.ts';
import { nodesFor } from './platform/pools.ts';
import type { Group, Shape } from './platform/pools.ts';
import { PLATFORM, environmentValues, loadState, merge, releaseValues } from './platform/state.ts';
import type { Values } from './platform/state.ts';
import { services, sizing } from './testing/services.ts';

interface MachinePool {
  name: string;
  quantity: number;
  autoscalingMinSize?: number;
  autoscalingMaxSize?: number;
  controlPlaneRole: boolean;
  etcdRole: boolean;
  workerRole: boolean;
  labels?: Record<string, string>;
  taints?: { key: string; value: string; effect: string }[];
  machineDeploymentAnnotations?: Record<string, string>;
  machineConfigRef: { apiVersion: string; kind: string; name: string };
}

interface Cluster {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: Values & { kubernetesVersion: string; rkeConfig: Values & { machineGlobalConfig: Values; machinePools?: MachinePool[] } };
}

interface MachineConfig extends Values {
  kind: string;
  apiVersion: string;
  metadata: { name: string; namespace: string };
}

const documents = (file: string): unknown[] => parseAllDocuments(readFileSync(join(PLATFORM, 'rancher', file), 'utf8')).map((document) => {
  expect(document.errors).toEqual([]);

  return document.toJS() as unknown;
});

const [cluster] = documents('cluster-config.yaml') as [Cluster];
const templates = documents('node-templates.yaml') as (MachineConfig | Cluster)[];
const machines = (kind: string): MachineConfig[] => templates.filter((each): each is MachineConfig => each.kind === kind);
const pools = cluster.spec.rkeConfig.machinePools ?? [];

function pool(name: string): MachinePool {
  const found = pools.find((each) => each.name === name);

  if (found === undefined) throw new Error(`no pool ${ name }`);

  return found;
}

const OURS = 'cluster.provisioning.cattle.io/autoscaler-';
const CAPACITY = 'capacity.cluster-autoscaler.kubernetes.io/';
const amount = (quantity: string | undefined): number => quantityToNumber(parseQuantity(quantity ?? '0'));

describe('cluster-config.yaml', () => {
  test('three control planes with etcd, that carry nothing else', () => {
    expect(pool('control-plane')).toMatchObject({ quantity: 3, controlPlaneRole: true, etcdRole: true, workerRole: false });
    expect(pools.filter(({ etcdRole, controlPlaneRole }) => etcdRole || controlPlaneRole)).toHaveLength(1);
  });

  test.each([['compute', 5, 100], ['memory', 3, 50]] as const)('%s scales from %i to %i, in both dialects', (name, min, max) => {
    const { quantity, autoscalingMinSize, autoscalingMaxSize, machineDeploymentAnnotations = {}, workerRole } = pool(name);

    expect([quantity, autoscalingMinSize, autoscalingMaxSize, workerRole]).toEqual([min, min, max, true]);
    expect([machineDeploymentAnnotations[`${ OURS }min-size`], machineDeploymentAnnotations[`${ OURS }max-size`]]).toEqual([String(min), String(max)]);
    expect(machineDeploymentAnnotations[`${ OURS }resource-cpu`]).toBe(machineDeploymentAnnotations[`${ CAPACITY }cpu`]);
    expect(machineDeploymentAnnotations[`${ OURS }resource-memory`]).toBe(machineDeploymentAnnotations[`${ CAPACITY }memory`]);
  });

  test('the autoscaler knows the labels and taints that a node will have', () => {
    for (const { name, labels = {}, taints = [], machineDeploymentAnnotations = {} } of pools.filter(({ workerRole }) => workerRole)) {
      expect(machineDeploymentAnnotations[`${ CAPACITY }labels`], name).toBe(Object.entries(labels).map((pair) => pair.join('=')).join(','));
      expect(machineDeploymentAnnotations[`${ CAPACITY }taints`] ?? '', name).toBe(taints.map(({ key, value, effect }) => `${ key }=${ value }:${ effect }`).join(','));
    }
  });

  test('is restricted, encrypted, and enforces NetworkPolicies', () => {
    expect(cluster.spec).toMatchObject({ defaultPodSecurityAdmissionConfigurationTemplateName: 'rancher-restricted' });
    expect(cluster.spec.rkeConfig.machineGlobalConfig).toMatchObject({ cni: 'calico', 'secrets-encryption': true, 'ingress-controller': 'none' });
  });

  test('its Kubernetes is pinned, the same on bare metal, and the autoscaler is of the same minor version', () => {
    const bareMetal = templates.find((each): each is Cluster => each.kind === 'Cluster');

    expect(cluster.spec.kubernetesVersion).toMatch(/^v\d+\.\d+\.\d+\+rke2r\d+$/);
    expect(bareMetal?.spec.kubernetesVersion).toBe(cluster.spec.kubernetesVersion);
    expect(bareMetal?.spec.rkeConfig.machineGlobalConfig).toEqual(cluster.spec.rkeConfig.machineGlobalConfig);
    expect(readFileSync(join(PLATFORM, 'values', 'cluster-autoscaler.yaml.gotmpl'), 'utf8')).toContain(`tag: ${ /^v\d+\.\d+/.exec(cluster.spec.kubernetesVersion)?.[0] }.`);
  });

  test('is the cluster that the autoscaler is told of, with the label by which Fleet chooses', () => {
    expect(cluster.metadata).toEqual({ name: 'tartware', namespace: 'fleet-default', labels: { env: '${ENVIRONMENT}' } });
    expect(environmentValues(loadState(), 'production')).toMatchObject({ clusterAutoscaler: { cluster: cluster.metadata.name } });
  });
});

describe('node-templates.yaml', () => {
  test.each(['VmwarevsphereConfig', 'Amazonec2Config'])('%s: one for each pool, by the name that the pool refers to', (kind) => {
    expect(machines(kind).map(({ metadata }) => metadata.name)).toEqual(pools.map(({ machineConfigRef }) => machineConfigRef.name));
    for (const { apiVersion, metadata } of machines(kind)) expect([apiVersion, metadata.namespace]).toEqual(['rke-machine-config.cattle.io/v1', 'fleet-default']);
  });

  test('the pools leave open whose machines they are, and nothing else', () => {
    for (const { machineConfigRef } of pools) expect(machineConfigRef).toMatchObject({ apiVersion: 'rke-machine-config.cattle.io/v1', kind: '${MACHINE_CONFIG_KIND}' });
    expect(new Set(JSON.stringify(cluster).match(/\$\{\w+\}/g))).toEqual(new Set(['${CLOUD_CREDENTIAL}', '${ENVIRONMENT}', '${MACHINE_CONFIG_KIND}']));
  });

  test.each(['compute', 'memory'])('vSphere: a machine of %s has the size that the autoscaler is told', (name) => {
    const machine = machines('VmwarevsphereConfig').find(({ metadata }) => metadata.name === `tartware-${ name }`);
    const annotations = pool(name).machineDeploymentAnnotations ?? {};

    expect([machine?.cpuCount, Number(machine?.memorySize) * 2 ** 20]).toEqual([annotations[`${ CAPACITY }cpu`], amount(annotations[`${ CAPACITY }memory`])]);
    expect(Number(machine?.diskSize) * 2 ** 20).toBeGreaterThanOrEqual(amount(annotations[`${ CAPACITY }ephemeral-disk`]));
  });

  test('where a machine lies is left open, on each provider for every pool', () => {
    const places = { VmwarevsphereConfig: ['cloneFrom', 'datacenter', 'datastore', 'folder', 'pool', 'network'], Amazonec2Config: ['region', 'zone', 'vpcId', 'subnetId', 'securityGroup', 'ami'] };

    for (const [kind, fields] of Object.entries(places)) {
      for (const machine of machines(kind)) for (const field of fields) expect.soft(String(machine[field]), `${ machine.metadata.name } ${ field }`).toMatch(/^\$\{[A-Z_]+\}$/);
    }
    expect(templates.find((each): each is Cluster => each.kind === 'Cluster')?.metadata).toMatchObject({ name: cluster.metadata.name, labels: { env: cluster.metadata.labels.env } });
  });

  test('what they take for granted is written down', () => {
    const readme = readFileSync(join(PLATFORM, 'README.md'), 'utf8');
    const section = readme.split('\n## ').find((part) => part.startsWith('What the provider must have')) ?? '';

    for (const { iamInstanceProfile, sshUser } of machines('Amazonec2Config')) expect([`\`${ String(iamInstanceProfile) }\``, `\`sshUser: ${ String(sshUser) }\``].filter((name) => !section.includes(name))).toEqual([]);
  });

  test('no credential stands in them, and AWS hands its own out by version 2 only', () => {
    for (const machine of templates) expect(Object.keys(machine).filter((key) => /password|secretKey|accessKey|username|token$/i.test(key))).toEqual([]);
    for (const { httpTokens, encryptEbsVolume } of machines('Amazonec2Config')) expect([httpTokens, encryptEbsVolume]).toEqual(['required', true]);
  });
});

describe('pools', () => {
  const shapeOf = (name: string): Shape => {
    const annotations = pool(name).machineDeploymentAnnotations ?? {};

    return { cpu: amount(annotations[`${ CAPACITY }cpu`]) * 1000, memory: amount(annotations[`${ CAPACITY }memory`]) / 2 ** 20, maxPods: amount(annotations[`${ CAPACITY }maxPods`]) };
  };
  const atPods = (which: 0 | 1): Group[] => services.map((name) => (
    { name, count: sizing[name].pods[which], pod: { cpu: sizing[name].cpu[0] * 1000, memory: sizing[name].memory[0] * 1024 } }
  ));
  /** With the quarter that the rollout of the largest service puts on top. */
  const rollingOut: Group = { name: 'surge', count: Math.ceil(sizing['api-gateway'].pods[1] / 4), pod: { cpu: 1000, memory: 1024 } };

  /** What else lies on compute nodes and asks for more than a fraction of a CPU, as production's values have it. */
  const tools = (): Group[] => {
    const values = releaseValues(loadState(), 'production');
    const group = (key: string, replicas: string[], requests: string[]): Group => {
      const at = (path: string[]): unknown => path.reduce<unknown>((value, step) => (value as Values | undefined)?.[step], values.get(key));
      const { cpu, memory } = at([...requests, 'requests']) as { cpu: string; memory: string };

      return { name: key, count: Number(at(replicas)), pod: { cpu: amount(cpu) * 1000, memory: amount(memory) / 2 ** 20 } };
    };

    return [
      group('cattle-monitoring-system/rancher-monitoring', ['prometheus', 'prometheusSpec', 'replicas'], ['prometheus', 'prometheusSpec', 'resources']),
      group('tracing/opensearch', ['replicas'], ['resources']),
      group('tracing/jaeger', ['jaeger', 'replicas'], ['jaeger', 'resources']),
      group('istio-system/istiod', ['autoscaleMin'], ['resources']),
      group('vault/vault', ['server', 'ha', 'replicas'], ['server', 'resources']),
      { name: 'proxies of the Gateways', count: 5, pod: { cpu: 1000, memory: 512 } },
    ];
  };

  test('the services at their minima and the platform\'s tools fit the 5 nodes that the compute pool always has', () => {
    expect(nodesFor(atPods(0), shapeOf('compute'))).toBe(3);
    expect(nodesFor([...atPods(0), ...tools()], shapeOf('compute'))).toBeLessThanOrEqual(pool('compute').autoscalingMinSize ?? 0);
  });

  test('all nine at their maxima need 26 compute nodes, 29 while the gateway rolls out: less than a third of the pool', () => {
    const shape = shapeOf('compute');

    expect([nodesFor(atPods(1), shape), nodesFor([...atPods(1), rollingOut], shape)]).toEqual([26, 29]);
    expect(nodesFor([...atPods(1), rollingOut, ...tools()], shape)).toBeLessThanOrEqual(33);
    expect(pool('compute').autoscalingMaxSize).toBeGreaterThanOrEqual(3 * 33);
  });

  test('the stores of production need 4 memory nodes, 7 with a broker on each: the pool grows once from its 3', () => {
    const { dataStores } = parse(readFileSync(join(PLATFORM, '..', 'tartware', 'values.yaml'), 'utf8')) as { dataStores: Values };
    const settings = merge(dataStores, Object.fromEntries(Object.entries(environmentValues(loadState(), 'production').stores as Values).map(([store, operator]) => [store, { operator }])));
    const group = (name: string, count: number, ...path: string[]): Group => {
      const { requests } = [...path, 'resources'].reduce<unknown>((at, key) => (at as Values)[key], settings) as { requests: { cpu: string; memory: string } };

      return { name, count, pod: { cpu: amount(requests.cpu) * 1000, memory: amount(requests.memory) / 2 ** 20 } };
    };
    const stores = [
      group('postgresql', 3, 'postgresql', 'operator'), group('pooler', 3, 'postgresql', 'operator', 'pooler'),
      group('kafka brokers', 7, 'kafka', 'operator', 'brokers'), group('kafka controllers', 3, 'kafka', 'operator', 'controllers'),
      group('redis', 6, 'redis', 'operator'), group('clickhouse', 3, 'clickhouse', 'operator'), group('keeper', 3, 'clickhouse', 'operator', 'keeper'),
    ];

    expect(nodesFor(stores, shapeOf('memory'))).toBe(4);
    expect(pool('memory').autoscalingMaxSize).toBeGreaterThanOrEqual(7);
  });

  test('were every pod to use its limit, the compute pool at its maximum would carry the CPU and the memory', () => {
    const limits = services.map((name) => ({ cpu: sizing[name].pods[1] * sizing[name].cpu[1], memory: sizing[name].pods[1] * sizing[name].memory[1] }));
    const used = limits.reduce((sum, each) => ({ cpu: sum.cpu + each.cpu, memory: sum.memory + each.memory }));
    const compute = shapeOf('compute');

    expect(Math.round(used.cpu)).toBe(1282);
    expect(used.cpu * 1000).toBeLessThan(100 * compute.cpu);
    expect(used.memory * 1024).toBeLessThan(100 * compute.memory);
  });

  test('a pod that no node can hold is named', () => {
    expect(() => nodesFor([{ name: 'giant', count: 1, pod: { cpu: 64_000, memory: 1024 } }], shapeOf('compute'))).toThrow('giant');
  });
});
