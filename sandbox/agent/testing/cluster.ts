import { writeFileSync } from 'node:fs';
import { CONTROL_PLANE } from '../../parts/control-plane.ts';
import { NODES } from '../../parts/nodes.ts';
import { sandboxObjects } from '../../steps/objects.ts';
import { partNamed, type Part } from '../../supervisor/part.ts';
import { startTestCluster, type TestCluster } from '../../testing/cluster.ts';

/** What the pods of tests run. */
const IMAGES = {
  'test/shell': { cwd: '.', command: ['sh', '-c'] },
  'test/node': { cwd: 'sandbox/agent/testing', command: ['node'] },
};

const agent = partNamed(NODES, 'agent');

/** The sandbox's own node, which knows the images of tests. */
const testAgent: Part = {
  ...agent,
  command: (context) => {
    const images = context.state('images.json');
    writeFileSync(images, JSON.stringify(IMAGES));
    const command = agent.command(context);
    // The last of two equal flags counts.
    return { ...command, args: [...command.args, `--images=${images}`] };
  },
};

/** The real control plane of the sandbox with the real node in it. */
export async function startNodeCluster(): Promise<TestCluster> {
  return startTestCluster([...CONTROL_PLANE, { ...testAgent, needs: ['kube-apiserver'] }]);
}

/** The hundred simulated nodes and metrics-server beside the real node. */
export async function startWholeCluster(): Promise<TestCluster> {
  const withoutStores = { ...testAgent, needs: ['kube-apiserver', sandboxObjects.name] };
  return startTestCluster([...CONTROL_PLANE, sandboxObjects, withoutStores, ...NODES.filter((part) => part !== agent)]);
}
