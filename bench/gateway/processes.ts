/** Processes pinned to a core, and what they cost. Linux only: taskset and /proc. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from '../errors.ts';

export interface Pinned {
  child: ChildProcess;
  /** Ends it and waits for that. */
  stop: () => Promise<void>;
}

const LISTENS_WITHIN_MS = 15_000;

/**
 * Starts `command` on `core`, first in line for it where this user may say so (root): the machine does other things too.
 * A session of its own, because Linux shares a core out between sessions before it looks at processes.
 */
export function spawnPinned(core: number, command: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; output: () => string } {
  const child = spawn('taskset', ['-c', String(core), ...command], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  try {
    writeFileSync(`/proc/${child.pid}/autogroup`, '-19');
  } catch {
    // No right to, or no such setting: it waits in line like everybody.
  }
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-10_000)));
  }
  return { child, output: () => text };
}

/** Starts `command` on `core` and waits until something listens on `port`. @throws BenchError with its output when nothing does */
export async function startPinned(core: number, command: readonly string[], port: number, env: NodeJS.ProcessEnv = {}): Promise<Pinned> {
  const { child, output } = spawnPinned(core, command, env);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  };
  const deadline = Date.now() + LISTENS_WITHIN_MS;
  while (!(await listens(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new BenchError('NOT_SERVING', `${command.join(' ')} does not serve on port ${port}:\n${output()}`, 'Read its output above; is the port free?');
    }
    await sleep(50);
  }
  return { child, stop };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time that a process has used with all its threads, in the kernel too, µs. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may hold spaces: utime and stime are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1_000_000;
}

/** The only child of a process, such as nginx's worker, as soon as there is one. */
export async function onlyChildOf(pid: number): Promise<number> {
  const deadline = Date.now() + LISTENS_WITHIN_MS;
  for (;;) {
    const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
    if (child > 0) {
      return child;
    }
    if (Date.now() > deadline) {
      throw new BenchError('NO_WORKER', `Process ${pid} has started no worker.`, 'Start it by hand and look.');
    }
    await sleep(20);
  }
}

export function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** @returns path of a program, undefined when it is not installed */
export function find(program: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
