import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { REPOSITORY } from '../../sandbox/paths.ts';

/** Requests per second and seconds of a real Locust load on the gateway. */
interface Load {
  readonly rps: number;
  readonly seconds: number;
}

/**
 * Does something while the load runs, and ends the load with it.
 * @throws Error with Locust's words when the load ended by itself with a failure
 */
export async function underLoad({ rps, seconds }: Load, action: () => Promise<void>): Promise<void> {
  const load = spawn(process.execPath, ['loadtest/run.ts', '--rps', String(rps), '--duration', String(seconds)], { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'pipe'] });
  const words: string[] = [];
  load.stdout.on('data', (chunk: Buffer) => words.push(chunk.toString('utf8')));
  load.stderr.on('data', (chunk: Buffer) => words.push(chunk.toString('utf8')));
  const ended = once(load, 'exit') as Promise<[number | null]>;
  try {
    await action();
  } finally {
    if (load.exitCode === null) load.kill('SIGTERM');
    await ended;
  }
  if (load.exitCode === 1) throw new Error(`the load failed:\n${words.join('')}`);
}
