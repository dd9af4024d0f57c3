import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinaries } from '../../build/go.ts';
import { CONTROL_PLANE } from '../../parts/control-plane.ts';
import { RANCHER } from '../../parts/rancher.ts';
import { ensurePki, writeKubeconfig } from '../../pki.ts';
import { DEFAULT_PORTS, machineAddress, type PortName, type Ports } from '../../ports.ts';
import type { Context, Part } from '../../supervisor/part.ts';

/** A real etcd, API server and Steve, empty and for one test file. */
export interface TestCluster {
  readonly kubeconfig: string;
  readonly steve: string;
  /** Starts Steve: after Rancher's types are there, or it learns of them late. */
  startSteve(): Promise<void>;
  stop(): Promise<void>;
}

const USED_PORTS: readonly PortName[] = ['etcd', 'etcd-peer', 'kube-apiserver', 'steve'];

/** Starts etcd and the API server with the sandbox's own arguments, on free ports, below a folder of its own. */
export async function startTestCluster(): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'tartware-edge-'));
  const context = await contextIn(folder);
  await ensurePki(context.state('pki'), context.address);
  const kubeconfig = context.state('pki', 'admin.kubeconfig');
  writeKubeconfig(kubeconfig, context.state('pki'), 'admin', `https://127.0.0.1:${context.ports['kube-apiserver']}`);

  const running: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of running.reverse()) await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const start = async (name: string): Promise<void> => {
    const part = partNamed(name);
    running.push(launch(part, context));
    try {
      await untilReady(part, context, running.at(-1));
    } catch (cause) {
      await stop();
      throw cause;
    }
  };
  await start('etcd');
  await start('kube-apiserver');
  return { kubeconfig, steve: `http://127.0.0.1:${context.ports.steve}`, startSteve: () => start('steve'), stop };
}

async function contextIn(folder: string): Promise<Context> {
  const ports: Ports = { ...DEFAULT_PORTS };
  for (const name of USED_PORTS) Object.assign(ports, { [name]: await freePort() });
  return {
    address: machineAddress(),
    ports,
    bin: process.env.TARTWARE_BIN ?? await ensureBinaries((module) => console.log(`building the Go parts of sandbox/tools/${module}`)),
    state: (...segments) => join(folder, ...segments),
    values: 'live',
  };
}

function partNamed(name: string): Part {
  const part = [...CONTROL_PLANE, ...RANCHER].find((candidate) => candidate.name === name);
  if (!part) throw new Error(`the sandbox has no part ${name}`);
  return part;
}

function logOf(part: Part, context: Context): string {
  return context.state(`${part.name}.log`);
}

function launch(part: Part, context: Context): ChildProcess {
  const { file, args, env, cwd } = part.command(context);
  const folder = cwd ?? context.state();
  mkdirSync(folder, { recursive: true });
  const output = openSync(logOf(part, context), 'a');
  return spawn(file, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', output, output] });
}

async function untilReady(part: Part, context: Context, child: ChildProcess | undefined): Promise<void> {
  const deadline = Date.now() + part.readyWithinMs;
  while (!(await part.isReady(context).catch(() => false))) {
    if (child?.exitCode !== null || Date.now() > deadline) {
      throw new Error(`${part.name} did not become ready:\n${readFileSync(logOf(part, context), 'utf8').split('\n').slice(-20).join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** SIGKILL: nothing of a test cluster is kept, and the API server would drain its watchers for a minute. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port given');
  return address.port;
}
