/** A control plane for the charts: the sandbox's own, with two simulated nodes and one that counts as the real one. */
import { KWOK_ANNOTATION, REAL_NODE_LABEL, simulatedNode } from '../../sandbox/agent/simulated-node.ts';
import { apply } from '../../sandbox/kubectl.ts';
import { CONTROL_PLANE } from '../../sandbox/parts/control-plane.ts';
import { NODES } from '../../sandbox/parts/nodes.ts';
import { partNamed } from '../../sandbox/supervisor/part.ts';
import type { Context, Step } from '../../sandbox/supervisor/part.ts';
import { startTestCluster } from '../../sandbox/testing/cluster.ts';
import type { TestCluster } from '../../sandbox/testing/cluster.ts';

export const REAL_NODE = 'real';

/** Nodes that KWOK keeps alive. The real one here only carries the label: no process runs, a test plays the agent. */
function nodes({ address, ports }: Context): object[] {
  const pool = { name: 'compute', cpu: '64', memory: '256Gi', pods: 300 };
  const real = simulatedNode(REAL_NODE, pool, address, ports.agent);

  return [
    { ...real, metadata: { ...real.metadata, labels: { ...real.metadata?.labels, [REAL_NODE_LABEL]: REAL_NODE }, annotations: { [KWOK_ANNOTATION]: 'fake' } } },
    ...['one', 'two'].map((name) => simulatedNode(name, pool, address, ports.agent)),
  ];
}

const addNodes: Step = { kind: 'step', name: 'nodes', needs: ['kwok'], run: async (context) => apply(context, nodes(context)) };

export async function startChartCluster(): Promise<TestCluster> {
  return startTestCluster([...CONTROL_PLANE, partNamed(NODES, 'kwok'), addNodes]);
}
