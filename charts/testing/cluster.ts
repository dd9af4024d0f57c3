/** A control plane for one test file: the sandbox's own parts on free ports, with two simulated nodes and one that counts as the real one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KWOK_ANNOTATION, REAL_NODE_LABEL, simulatedNode } from '../../sandbox/agent/simulated-node.ts';
import { binariesFolder } from '../../sandbox/build/go.ts';
import { adminKubeconfig, apply, kubectl } from '../../sandbox/kubectl.ts';
import { CONTROL_PLANE } from '../../sandbox/parts/control-plane.ts';
import { NODES } from '../../sandbox/parts/nodes.ts';
import { ensurePki, writeKubeconfig } from '../../sandbox/pki.ts';
import { DEFAULT_PORTS, machineAddress } from '../../sandbox/ports.ts';
import type { PortName, Ports } from '../../sandbox/ports.ts';
import type { Context, Step } from '../../sandbox/supervisor/part.ts';
import { Supervisor } from '../../sandbox/supervisor/supervisor.ts';

export const REAL_NODE = 'real';

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;

      server.close(() => resolve(port));
    });
  });
}

async function freePorts(): Promise<Ports> {
  const ports = { ...DEFAULT_PORTS } as Ports;

  for (const name of Object.keys(DEFAULT_PORTS) as PortName[]) {
    ports[name] = await freePort();
  }

  return ports;
}

/** Nodes that KWOK keeps alive. The real one here only carries the label: no process runs, a test plays the agent. */
function nodes({ address, ports }: Context): object[] {
  const pool = { name: 'compute', cpu: '64', memory: '256Gi', pods: 300 };
  const real = simulatedNode(REAL_NODE, pool, address, ports.agent);

  return [
    { ...real, metadata: { ...real.metadata, labels: { ...real.metadata?.labels, [REAL_NODE_LABEL]: REAL_NODE }, annotations: { [KWOK_ANNOTATION]: 'fake' } } },
    ...['one', 'two'].map((name) => simulatedNode(name, pool, address, ports.agent)),
  ];
}

export class Cluster {
  readonly context: Context;
  readonly #folder: string;
  readonly #supervisor: Supervisor;

  private constructor(folder: string, ports: Ports) {
    this.#folder = folder;
    this.context = { address: machineAddress(), ports, bin: binariesFolder(), values: 'live', state: (...segments) => join(folder, ...segments) };
    const binaries: Step = { kind: 'step', name: 'binaries', needs: [], run: async () => {} };

    this.#supervisor = new Supervisor([binaries, ...CONTROL_PLANE, ...NODES.filter(({ name }) => name === 'kwok')], this.context);
  }

  static async start(): Promise<Cluster> {
    const cluster = new Cluster(mkdtempSync(join(tmpdir(), 'tartware-cluster-')), await freePorts());
    const { state, address, ports } = cluster.context;

    await ensurePki(state('pki'), address);
    for (const user of ['admin', 'controller-manager', 'scheduler']) {
      writeKubeconfig(state('pki', `${ user }.kubeconfig`), state('pki'), user, `https://127.0.0.1:${ ports['kube-apiserver'] }`);
    }
    await cluster.#supervisor.start();
    await apply(cluster.context, nodes(cluster.context));

    return cluster;
  }

  get kubeconfig(): string {
    return adminKubeconfig(this.context);
  }

  async kubectl(...args: string[]): Promise<string> {
    return kubectl(this.context, args);
  }

  async apply(...objects: object[]): Promise<void> {
    await apply(this.context, objects);
  }

  async stop(): Promise<void> {
    await this.#supervisor.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
