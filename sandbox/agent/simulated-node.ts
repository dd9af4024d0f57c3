import type { V1Node } from '@kubernetes/client-node';

/** Marks the one node whose pods are processes of this machine; the value is the node's name. No simulated node carries it. */
export const REAL_NODE_LABEL = 'sandbox.tartware.io/real';
/** Marks simulated nodes, for selectors and for the UI's banner. */
export const SIMULATED_NODE_LABEL = 'sandbox.tartware.io/simulated';
/** KWOK manages the nodes that carry this annotation with the value `fake`. */
export const KWOK_ANNOTATION = 'kwok.x-k8s.io/node';
/** metrics-server reads a node's usage from this path instead of `/metrics/resource`. */
export const METRICS_PATH_ANNOTATION = 'metrics.k8s.io/resource-metrics-path';

/** A group of simulated nodes of one size. */
export interface NodePool {
  /** `compute`, `memory`, … */
  readonly name: string;
  /** Cores, as a Kubernetes quantity. */
  readonly cpu: string;
  /** Bytes, as a Kubernetes quantity. */
  readonly memory: string;
  readonly pods: number;
}

/** Where the agent serves the resource usage of a simulated node. */
export function simulatedMetricsPath(nodeName: string): string {
  return `/metrics/nodes/${nodeName}/metrics/resource`;
}

/**
 * A node that KWOK simulates and whose kubelet endpoint is the agent's: `address` (not a loopback one) and `port` are
 * the agent's own. Addresses and port stand in the status from the beginning, as metrics-server finds no node without.
 */
export function simulatedNode(name: string, pool: NodePool, address: string, port: number): V1Node {
  const size = { cpu: pool.cpu, memory: pool.memory, pods: String(pool.pods) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'node-role.kubernetes.io/worker': 'true',
        'tartware.io/pool': pool.name,
        type: 'kwok',
        [SIMULATED_NODE_LABEL]: 'true',
      },
      annotations: { [KWOK_ANNOTATION]: 'fake', [METRICS_PATH_ANNOTATION]: simulatedMetricsPath(name) },
    },
    status: {
      addresses: [{ type: 'InternalIP', address }, { type: 'Hostname', address: name }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      allocatable: size,
      capacity: size,
    },
  };
}
