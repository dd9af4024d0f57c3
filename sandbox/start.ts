import { appendFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError, describeError } from './errors.ts';
import type { StartOptions } from './options.ts';
import { cacheFolder, REPOSITORY, stateFolder } from './paths.ts';
import { preparePki } from './pki.ts';
import { requireFreePorts, servicePorts } from './ports.ts';
import { requireCluster, requireFreeSpace, STATE_BYTES } from './preflight.ts';
import { runningSupervisor } from './status.ts';
import { serveControl } from './supervisor/control.ts';
import type { Context, Unit } from './supervisor/part.ts';
import { endLeftovers } from './supervisor/processes.ts';
import { Supervisor, type UnitStatus } from './supervisor/supervisor.ts';
import { contextOf, unitsOf, type Voice } from './system.ts';
import { signIns } from './sign-ins.ts';
import { ensureBinaries } from './build/go.ts';

/** How often a long build says that it is still going on. */
const HEARTBEAT_MS = 30_000;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function voice(): Voice {
  return {
    say: (line) => console.log(`  ${line}`),
    log: (unit) => {
      const file = stateFolder('logs', `${unit}.log`);
      mkdirSync(stateFolder('logs'), { recursive: true });
      return (line) => appendFileSync(file, `${line}\n`);
    },
  };
}

/** Cleans up after a crash and refuses a second sandbox of the same checkout. */
async function claimState(reset: boolean): Promise<void> {
  if (runningSupervisor()) throw new SandboxError('ALREADY_RUNNING', 'a sandbox of this checkout is running already', 'use it, or stop it first: node sandbox/cli.ts stop');
  const ended = await endLeftovers(stateFolder('run.json'));
  if (ended.length > 0) console.log(`  cleaned up after a crash: ended ${ended.join(', ')}`);
  if (reset) rmSync(stateFolder(), { recursive: true, force: true });
  mkdirSync(stateFolder(), { recursive: true, mode: 0o700 });
}

async function preflight(options: StartOptions, context: Context, units: readonly Unit[]): Promise<void> {
  requireFreeSpace(stateFolder(), STATE_BYTES);
  requireFreeSpace(cacheFolder(), STATE_BYTES);
  if (options.kubeconfig !== undefined) await requireCluster(options.kubeconfig, await ensureBinaries((name) => console.log(`  building the Go parts: ${name}`)));
  const names = units.flatMap((unit) => (unit.kind === 'part' ? [...unit.ports] : []));
  const ownServices = options.kubeconfig === undefined ? servicePorts(join(REPOSITORY, 'charts', 'tartware', 'values-sandbox.yaml')) : {};
  await requireFreePorts({ ...Object.fromEntries(names.map((name) => [name, context.ports[name]])), ...ownServices });
}

/** Says what becomes ready, and every half minute what takes long. */
function narrate(supervisor: Supervisor): () => void {
  const since = new Map<string, number>();
  supervisor.on('state', ({ name, state, readyAfterMs = 0 }: UnitStatus) => {
    if (state === 'starting') since.set(name, Date.now());
    else since.delete(name);
    if (state === 'ready' || state === 'done') console.log(`✓ ${name.padEnd(24)} ${seconds(readyAfterMs)}`);
    if (state === 'failed') console.log(`✗ ${name}`);
  });
  supervisor.on('died', (_name, message, final) => console.error(`! ${message}${final ? '\n  → it is not started again by itself' : '\n  → starting it again'}`));
  const heartbeat = setInterval(() => {
    const long = [...since].filter(([, at]) => Date.now() - at >= HEARTBEAT_MS);
    if (long.length > 0) console.log(`  still at it: ${long.map(([name, at]) => `${name} (${Math.round((Date.now() - at) / 1000)} s)`).join(', ')}`);
  }, HEARTBEAT_MS);
  return () => clearInterval(heartbeat);
}

function printWelcome(context: Context, startedAt: number): void {
  const lines = [
    '',
    `Everything is up after ${seconds(Date.now() - startedAt)}.`,
    '',
    `  Open     http://127.0.0.1:${context.ports.edge}/`,
    ...signIns(context.state).map(({ username, password }) => `  Sign in  ${username} / ${password}`),
    `  kubectl  export KUBECONFIG=${context.ownKubeconfig ?? context.state('pki', 'admin.kubeconfig')}`,
    '',
    'Ctrl-C stops it; the next start is warm.',
  ];
  console.log(lines.join('\n'));
}

/** Runs until SIGINT or SIGTERM, or until the start fails; then stops everything. */
export async function start(options: StartOptions): Promise<void> {
  const startedAt = Date.now();
  await claimState(options.reset);
  const context = contextOf(options);
  const units = unitsOf(context, voice());
  await preflight(options, context, units);
  await preparePki(context);

  const supervisor = new Supervisor(units, context);
  const stopNarrating = narrate(supervisor);
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
  const socket = stateFolder('control.sock');
  const control = await serveControl(supervisor, socket);
  try {
    await Promise.race([supervisor.start().then((up) => up && printWelcome(context, startedAt)), asked]);
    await asked;
    console.log('\nStopping…');
  } catch (error) {
    console.error(`\n${describeError(error)}\n\nStopping what had started…`);
    process.exitCode = 1;
  } finally {
    stopNarrating();
    await control.close();
    await supervisor.stop();
    if (existsSync(socket)) rmSync(socket);
    console.log('Stopped.');
  }
}
