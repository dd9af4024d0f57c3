import { join } from 'node:path';
import { ensureBinaries } from '../build/go.ts';
import { adminKubeconfig, apply, kubectl } from '../kubectl.ts';
import { CONTROL_PLANE } from '../parts/control-plane.ts';
import { preparePki } from '../pki.ts';
import { machineAddress } from '../ports.ts';
import { partNamed, type Context, type Part, type Step, type Unit } from '../supervisor/part.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { temporaryFolder } from './folder.ts';
import { freePorts } from './ports.ts';

/** A real cluster, empty and for one test file. */
export interface TestCluster {
  readonly context: Context;
  readonly supervisor: Supervisor;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Runs kubectl as administrator; resolves to what it printed. */
  kubectl(...args: string[]): Promise<string>;
  /** Server-side-applies the objects. */
  apply(...objects: object[]): Promise<void>;
  stop(): Promise<void>;
}

/** Kubernetes without controllers, for who only stores and reads. */
export const API_SERVER: readonly Part[] = ['etcd', 'kube-apiserver'].map((name) => partNamed(CONTROL_PLANE, name));

/** They are there before the first part starts. */
const BINARIES: Step = { kind: 'step', name: 'binaries', needs: [], run: async () => undefined };

/** Nothing of a test cluster is kept, and the API server would drain its watchers for a minute. */
function withoutPatience(unit: Unit): Unit {
  return unit.kind === 'part' && CONTROL_PLANE.includes(unit) ? { ...unit, stopWithinMs: 0 } : unit;
}

/**
 * Starts units of the sandbox as the sandbox itself does, on free ports and below a folder that goes with the test file.
 * @param units with all that they need; `binaries` is there already
 * @throws SandboxError of the first unit that fails, after all others were stopped
 */
export async function startTestCluster(units: readonly Unit[]): Promise<TestCluster> {
  const folder = temporaryFolder();
  const bin = await ensureBinaries((name) => console.log(`building the Go parts: ${name}`));
  const context: Context = { address: machineAddress(), ports: await freePorts(), bin, state: (...segments) => join(folder, ...segments), values: 'live' };
  await preparePki(context);
  const supervisor = new Supervisor([BINARIES, ...units.map(withoutPatience)], context);
  await supervisor.start().catch(async (error: unknown) => {
    await supervisor.stop();
    throw error;
  });
  return {
    context,
    supervisor,
    kubeconfig: adminKubeconfig(context),
    kubectl: async (...args) => kubectl(context, args),
    apply: async (...objects) => apply(context, objects),
    stop: async () => supervisor.stop(),
  };
}
