import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBinaries } from '../../build/go.ts';
import { kubectl } from '../../kubectl.ts';
import { CONTROL_PLANE } from '../../parts/control-plane.ts';
import { NODES } from '../../parts/nodes.ts';
import { ensurePki, writeKubeconfig } from '../../pki.ts';
import { DEFAULT_PORTS, machineAddress, requireFreePorts, type Ports } from '../../ports.ts';
import { sandboxObjects } from '../../steps/objects.ts';
import type { Context, Part, Step, Unit } from '../../supervisor/part.ts';
import { Supervisor } from '../../supervisor/supervisor.ts';

/** Tests keep clear of a sandbox that runs on the same machine. */
const PORT_SHIFT = 10_000;

export interface TestCluster {
  readonly context: Context;
  readonly supervisor: Supervisor;
  kubectl(...args: string[]): Promise<string>;
  apply(...objects: object[]): Promise<void>;
  stop(): Promise<void>;
}

/** What the pods of tests run. */
const IMAGES = {
  'test/shell': { cwd: '.', command: ['sh', '-c'] },
  'test/node': { cwd: 'sandbox/agent/testing', command: ['node'] },
};

/** They are there before the first part starts. */
const BINARIES: Step = { kind: 'step', name: 'binaries', needs: [], run: async () => undefined };

function agentPart(folder: string, simulated: boolean): Part {
  const part = NODES.find(({ name }) => name === 'agent');
  if (!part) throw new Error('the sandbox has no part named agent');
  const images = join(folder, 'images.json');
  writeFileSync(images, JSON.stringify(IMAGES));
  return {
    ...part,
    needs: simulated ? part.needs : ['kube-apiserver'],
    command: (context) => {
      const command = part.command(context);
      // The last of two equal flags counts.
      return { ...command, args: [...command.args, `--images=${images}`] };
    },
  };
}

/** The real control plane of the sandbox with the real node in it; with `simulated` the hundred simulated nodes and metrics-server too. */
export async function startTestCluster(folder: string, { simulated }: { simulated: boolean }): Promise<TestCluster> {
  const ports = Object.fromEntries(Object.entries(DEFAULT_PORTS).map(([name, port]) => [name, port + PORT_SHIFT])) as Ports;
  const address = machineAddress();
  const state = (...segments: string[]): string => join(folder, ...segments);
  mkdirSync(folder, { recursive: true });
  const context: Context = { address, ports, bin: process.env.TARTWARE_BIN ?? (await ensureBinaries(() => undefined)), state, values: 'scale' };
  const others = simulated ? [sandboxObjects, ...NODES.filter(({ name }) => name !== 'agent')] : [];
  const units: Unit[] = [BINARIES, ...CONTROL_PLANE, agentPart(folder, simulated), ...others];
  await requireFreePorts(Object.fromEntries(units.flatMap((unit) => (unit.kind === 'part' ? unit.ports : [])).map((name) => [name, ports[name]])));
  await ensurePki(state('pki'), address);
  for (const user of ['admin', 'controller-manager', 'scheduler']) writeKubeconfig(state('pki', `${user}.kubeconfig`), state('pki'), user, `https://127.0.0.1:${ports['kube-apiserver']}`);
  const supervisor = new Supervisor(units, context);
  const stop = async (): Promise<void> => supervisor.stop();
  await supervisor.start().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    context,
    supervisor,
    kubectl: async (...args) => kubectl(context, args),
    apply: async (...objects) => {
      await kubectl(context, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    },
    stop,
  };
}
