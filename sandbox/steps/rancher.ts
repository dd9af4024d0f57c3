import { adminKubeconfig } from '../kubectl.ts';
import { applyRancherObjects } from '../rancher/apply.ts';
import { signIns } from '../sign-ins.ts';
import type { Step } from '../supervisor/part.ts';

/** The custom resources and objects of Rancher's that the dashboard asks for, and the rights of the two users. */
export const rancherObjects: Step = {
  kind: 'step',
  name: 'rancher-objects',
  needs: ['kube-apiserver', 'sandbox-objects', 'kwok'],
  run: async (context) => {
    await applyRancherObjects(adminKubeconfig(context), { serverUrl: `http://127.0.0.1:${context.ports.edge}`, users: signIns(context.state) });
  },
};
