/** Runs a service as a process of its own, as a pod does. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Program {
  child: ChildProcess;
  /** All that it wrote so far, standard output and error. */
  output: () => string;
  /** Exit code; null when a signal ended it. */
  exit: Promise<number | null>;
}

export interface ServingProgram extends Program {
  url: string;
  opsUrl: string;
}

const SERVING_WITHIN_MS = 30_000;

/** The stripped and compiled code of all programs: half of a start, from the second on. */
const COMPILED = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tartware-sandbox', 'node-compile-cache');

/** @param main path of a `main.ts`; @param env all of its environment but PATH and where Node keeps compiled code */
export function runProgram(main: string, args: readonly string[], env: NodeJS.ProcessEnv): Program {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILED, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return { child, output: () => text, exit: once(child, 'close').then(([code]) => code as number | null) };
}

/** On free ports of 127.0.0.1 unless `env` says otherwise. @throws when it ends, or does not serve within 30 s, with its output */
export async function serveProgram(main: string, env: NodeJS.ProcessEnv): Promise<ServingProgram> {
  const program = runProgram(main, [], { HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', ...env });
  const deadline = Date.now() + SERVING_WITHIN_MS;
  for (;;) {
    const line = program.output().split('\n').find((part) => part.endsWith('"msg":"serving"}'));
    if (line !== undefined) {
      const { url, opsUrl } = JSON.parse(line) as { url: string; opsUrl: string };
      return { ...program, url, opsUrl };
    }
    if (program.child.exitCode !== null || Date.now() > deadline) {
      program.child.kill('SIGKILL');
      throw new Error(`${main} does not serve:\n${program.output()}`);
    }
    await sleep(20);
  }
}

/** Another process may take the port before the caller does. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('The machine gave no free port on 127.0.0.1.');
  }
  return address.port;
}
