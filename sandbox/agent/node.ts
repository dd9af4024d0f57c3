import { arch, release } from 'node:os';
import { V1MicroTime, type V1Lease, type V1Node, type V1NodeCondition } from '@kubernetes/client-node';
import { MERGE, STRATEGIC_MERGE, describe, statusOf, type Cluster } from './cluster/client.ts';
import type { AgentOptions } from './options.ts';
import { REAL_NODE_LABEL } from './simulated-node.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
/** As a kubelet's: the node counts as lost after 40 s without renewal, by the controller-manager's default. */
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const STATUS_MS = 60_000;

/** Kubernetes' names of processor architectures. */
function architecture(): string {
  return arch() === 'x64' ? 'amd64' : arch();
}

function conditions(ready: boolean, now: Date): V1NodeCondition[] {
  const condition = (type: string, holds: boolean, reason: string, message: string): V1NodeCondition => (
    { type, status: holds ? 'True' : 'False', reason, message, lastHeartbeatTime: now, lastTransitionTime: now }
  );
  return [
    condition('MemoryPressure', false, 'SimulatedSize', 'the size of this node is simulated'),
    condition('DiskPressure', false, 'SimulatedSize', 'the size of this node is simulated'),
    condition('PIDPressure', false, 'SimulatedSize', 'the size of this node is simulated'),
    ready ? condition('Ready', true, 'AgentReady', 'the node agent runs pods as processes') : condition('Ready', false, 'AgentStopped', 'the node agent was stopped'),
  ];
}

/** The Node object of this machine. Its size is what the options say, not what the machine has. */
export function realNode({ nodeName, address, port, cpu, memory, pods }: AgentOptions, now: Date): V1Node {
  const size = { cpu, memory, pods: String(pods) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        [REAL_NODE_LABEL]: nodeName,
        'kubernetes.io/hostname': nodeName,
        'kubernetes.io/arch': architecture(),
        'kubernetes.io/os': process.platform,
        'node-role.kubernetes.io/worker': 'true',
      },
      annotations: { 'sandbox.tartware.io/size': 'simulated' },
    },
    status: {
      capacity: size,
      allocatable: size,
      addresses: [{ type: 'InternalIP', address }, { type: 'Hostname', address: nodeName }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      conditions: conditions(true, now),
      nodeInfo: {
        architecture: architecture(),
        operatingSystem: process.platform,
        kernelVersion: release(),
        osImage: 'this machine',
        containerRuntimeVersion: 'process://1',
        kubeletVersion: 'v1.36.3-tartware-agent',
        kubeProxyVersion: '',
        bootID: '',
        machineID: '',
        systemUUID: '',
      },
    },
  };
}

/** Keeps the node known and alive in the cluster. */
export class NodeRegistration {
  readonly #options: AgentOptions;
  readonly #cluster: Pick<Cluster, 'core' | 'coordination'>;
  readonly #log: (line: string) => void;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: AgentOptions, cluster: Pick<Cluster, 'core' | 'coordination'>, log: (line: string) => void) {
    this.#options = options;
    this.#cluster = cluster;
    this.#log = log;
  }

  /**
   * Creates or updates the node and marks it ready; then keeps renewing.
   * @throws ApiException
   */
  async start(): Promise<void> {
    await this.#register();
    await this.#renewLease();
    this.#every(RENEW_MS, 'the lease was not renewed', async () => this.#renewLease());
    this.#every(STATUS_MS, 'the node\'s status was not updated', async () => this.#register());
  }

  /** Marks the node not ready, as far as the API server still answers. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    await this.#patchStatus({ conditions: conditions(false, new Date()) }).catch((error: unknown) => this.#log(`the node was not marked as stopped: ${describe(error)}`));
  }

  #every(ms: number, failure: string, task: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void task().catch((error: unknown) => this.#log(`${failure}: ${describe(error)}`)), ms));
  }

  async #register(): Promise<void> {
    const node = realNode(this.#options, new Date());
    const name = this.#options.nodeName;
    try {
      await this.#cluster.core.patchNode({ name, body: { metadata: { labels: node.metadata?.labels, annotations: node.metadata?.annotations } } }, MERGE);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      await this.#cluster.core.createNode({ body: node });
    }
    const current = await this.#cluster.core.readNode({ name });
    await this.#patchStatus({ ...node.status, conditions: keepTimes(node.status?.conditions ?? [], current.status?.conditions ?? []) });
  }

  async #patchStatus(status: object): Promise<void> {
    await this.#cluster.core.patchNodeStatus({ name: this.#options.nodeName, body: { status } }, STRATEGIC_MERGE);
  }

  async #renewLease(): Promise<void> {
    const name = this.#options.nodeName;
    const body: V1Lease = {
      metadata: { name, namespace: LEASE_NAMESPACE },
      spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: new V1MicroTime() },
    };
    try {
      const lease = await this.#cluster.coordination.readNamespacedLease({ name, namespace: LEASE_NAMESPACE });
      await this.#cluster.coordination.replaceNamespacedLease({ name, namespace: LEASE_NAMESPACE, body: { ...body, metadata: { ...body.metadata, ...(lease.metadata?.resourceVersion ? { resourceVersion: lease.metadata.resourceVersion } : {}) } } });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      await this.#cluster.coordination.createNamespacedLease({ namespace: LEASE_NAMESPACE, body });
    }
  }
}

/** A condition that stays as it was keeps the time of its last change. */
export function keepTimes(next: readonly V1NodeCondition[], before: readonly V1NodeCondition[]): V1NodeCondition[] {
  return next.map((condition) => {
    const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
    return same?.lastTransitionTime ? { ...condition, lastTransitionTime: same.lastTransitionTime } : condition;
  });
}
