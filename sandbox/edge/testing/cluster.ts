import { adminKubeconfig } from '../../kubectl.ts';
import { RANCHER } from '../../parts/rancher.ts';
import { applyRancherObjects } from '../../rancher/apply.ts';
import { partNamed, type Step } from '../../supervisor/part.ts';
import { API_SERVER, startTestCluster, type TestCluster } from '../../testing/cluster.ts';
import { users } from './edge.ts';

const rancherObjects: Step = {
  kind: 'step',
  name: 'rancher-objects',
  needs: ['kube-apiserver'],
  run: async (context) => applyRancherObjects(adminKubeconfig(context), { serverUrl: 'http://127.0.0.1:8800', users }),
};

/** A real API server with Rancher's objects in it, the tests' users among them, and Steve. */
export async function startRancherCluster(): Promise<TestCluster> {
  return startTestCluster([...API_SERVER, rancherObjects, partNamed(RANCHER, 'steve')]);
}
