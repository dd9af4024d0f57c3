/** How many nodes of a pool a set of pods needs: an estimate by the rule that the scheduler and the autoscaler come close to. */

/** CPU in millicores, memory in mebibytes. */
export interface Size {
  cpu: number;
  memory: number;
}

/** Pods that are alike. */
export interface Group {
  name: string;
  count: number;
  /** What one of them requests. */
  pod: Size;
}

export interface Shape extends Size {
  /** Most pods that one node takes. */
  maxPods: number;
}

/**
 * What of every node its pods never get: the kubelet's and the system's reserve, and the DaemonSets (Calico, kube-proxy, ztunnel,
 * Istio's CNI plugin, the node exporter), rounded up.
 */
export const PER_NODE: Size & { pods: number } = { cpu: 1500, memory: 2560, pods: 8 };

/**
 * First fit, the largest pods first: each pod goes to the first node that has room, and a new node is added where none has.
 *
 * @throws when a single pod is larger than an empty node
 */
export function nodesFor(groups: readonly Group[], shape: Shape): number {
  const nodes: { cpu: number; memory: number; pods: number }[] = [];
  const bySize = groups.toSorted((a, b) => share(b.pod, shape) - share(a.pod, shape));

  for (const { name, count, pod } of bySize) {
    for (let placed = 0; placed < count; placed += 1) {
      const node = nodes.find((each) => each.cpu >= pod.cpu && each.memory >= pod.memory && each.pods > 0) ?? empty(shape);

      if (node.cpu < pod.cpu || node.memory < pod.memory) throw new Error(`a pod of ${ name } does not fit an empty node`);
      if (!nodes.includes(node)) nodes.push(node);
      node.cpu -= pod.cpu;
      node.memory -= pod.memory;
      node.pods -= 1;
    }
  }

  return nodes.length;
}

const empty = ({ cpu, memory, maxPods }: Shape): Size & { pods: number } => ({ cpu: cpu - PER_NODE.cpu, memory: memory - PER_NODE.memory, pods: maxPods - PER_NODE.pods });

/** The part of a node that a pod takes, by what it takes most of. */
const share = (pod: Size, shape: Shape): number => Math.max(pod.cpu / shape.cpu, pod.memory / shape.memory);
