/** One process of a data store (Kafka, a Redis node, the ClickHouse front): its lines, its end, and that it never outlives who started it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** What to run. */
export interface StoreCommand {
  file: string;
  args: readonly string[];
}

export interface StoreProcess {
  pid: number;
  /** The last lines it wrote. */
  lines: readonly string[];
  /** Resolves with how it ended: `exit code 1`, `signal SIGKILL`, or why it could not be started. */
  ended: Promise<string>;
  isRunning: () => boolean;
  /** Asks it to end by SIGTERM and kills it when it outlives `withinMs`; resolves when it is gone. */
  end: (withinMs: number) => Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill: () => Promise<void>;
}

const LINES_KEPT = 30;
const POLL_MS = 25;

/**
 * A process group of its own keeps Ctrl-C in the terminal from ending a store before its clients; on Linux the kernel ends it when the
 * process that started it is gone, however that ended.
 * @param log receives every line that it writes
 */
export function spawnStore({ file, args }: StoreCommand, log: (line: string) => void = () => undefined): StoreProcess {
  const [command, commandArgs]: [string, readonly string[]] = process.platform === 'linux'
    ? ['setpriv', ['--pdeathsig', 'KILL', '--', file, ...args]]
    : [file, args];
  const child = spawn(command, commandArgs, { cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const keep = (line: string): void => {
    log(line);
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => text.split('\n').filter((line) => line !== '').forEach(keep));
  }
  let running = true;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  }).finally(() => {
    running = false;
  });
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    child.kill(name);
    await ended;
  };
  return {
    pid: child.pid ?? -1,
    lines,
    ended,
    isRunning: () => running,
    end: async (withinMs) => {
      const force = setTimeout(() => child.kill('SIGKILL'), withinMs);
      await signal('SIGTERM');
      clearTimeout(force);
    },
    kill: async () => signal('SIGKILL'),
  };
}

/** What it said last, for an error's message. */
export function lastWords({ lines }: Pick<StoreProcess, 'lines'>): string {
  return lines.length === 0 ? '(it wrote nothing)' : lines.join('\n');
}

/**
 * Asks until the answer is true.
 * @throws Error when one of the processes ends first, or the time is over, with its last lines
 */
export async function waitForStore(name: string, processes: readonly StoreProcess[], isReady: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const gone = processes.find((process) => !process.isRunning());
    if (gone) throw new Error(`${name} ended while starting (${await gone.ended}):\n${lastWords(gone)}`);
    if (await isReady().catch(() => false)) return;
    if (Date.now() > deadline) {
      throw new Error(`${name} was not ready within ${withinMs / 1000} s:\n${processes.map(lastWords).join('\n')}`);
    }
    await sleep(POLL_MS);
  }
}

/**
 * Runs a program to its end.
 * @param signal ends it early
 * @returns what it wrote to standard output
 * @throws Error with its last lines when it fails
 */
export async function runToEnd(file: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const child = spawn(file, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], ...(signal === undefined ? {} : { signal }) });
  let output = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${file} failed (exit code ${code}):\n${all.split('\n').slice(-LINES_KEPT).join('\n')}`);
  return output;
}
