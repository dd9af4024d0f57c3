import { constants } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { LogFile } from './logs/file.ts';
import { LineStamp } from './logs/line.ts';
import type { CommandLine } from './pods/command.ts';
import { RunFile, endLeftovers, groupEnds, signalGroup } from '../supervisor/processes.ts';

/** How a process ended. */
export interface Exit {
  /** 128 + the signal's number when a signal ended it; 128 when it never started. */
  readonly exitCode: number;
  readonly signal?: number;
  /** Why it never started. */
  readonly startError?: string;
}

/** A process that leads a group of its own; it stands for a container. */
export interface LocalProcess {
  readonly pid: number | undefined;
  /** Resolves when the process is gone and everything it had started with it. */
  readonly exited: Promise<Exit>;
  /** Signals the process itself, as a container runtime does with a container's first process. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it and all it started, at once. */
  kill(): void;
}

interface Result {
  readonly exitCode?: number | undefined;
  readonly signal?: NodeJS.Signals | undefined;
  readonly shortMessage?: string | undefined;
}

function exitOf(result: Result): Exit {
  if (result.exitCode !== undefined) return { exitCode: result.exitCode };
  const number = result.signal ? constants.signals[result.signal] : undefined;
  if (number !== undefined) return { exitCode: 128 + number, signal: number };
  return { exitCode: 128, startError: result.shortMessage ?? 'it could not be started' };
}

/** Starts processes and remembers them in a file, so that the next agent can end what a crash left behind. */
export class Processes {
  readonly #runFile: RunFile;
  readonly #onError: (error: unknown) => void;

  constructor(stateFile: string, onError: (error: unknown) => void) {
    this.#runFile = new RunFile(stateFile);
    this.#onError = onError;
  }

  /** Ends what an earlier agent left; to be called once, before the first start. */
  static async endLeftovers(stateFile: string): Promise<string[]> {
    return endLeftovers(stateFile);
  }

  /** Starts the process with its output stamped into the log file. Never throws: a failed start is an exit. */
  start(name: string, { file, args, cwd, env }: CommandLine, logPath: string): LocalProcess {
    // No error reaches the caller by throwing: `reject: false` turns it into a result.
    const child = execa(file, args, { cwd, env, extendEnv: false, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', detached: true, cleanup: false, reject: false, buffer: false });
    const { pid } = child;
    if (pid !== undefined) this.#runFile.add(name, pid);
    const log = new LogFile(logPath, this.#onError);
    const outputs = [pipeline(child.stdout, new LineStamp('stdout'), log, { end: false }), pipeline(child.stderr, new LineStamp('stderr'), log, { end: false })];
    const drained = Promise.allSettled(outputs).then(() => log.end());
    // Not only after the promise: that one waits for the output, which a process left behind would hold open.
    child.nodeChildProcess.once('exit', () => void (pid !== undefined && signalGroup(pid, 'SIGKILL')));
    const exited = child.then(async (result) => {
      if (pid !== undefined) await this.#endGroup(pid);
      await drained;
      return exitOf(result);
    });
    return {
      pid,
      exited,
      signal: (signal) => void child.kill(signal),
      kill: () => void (pid !== undefined && signalGroup(pid, 'SIGKILL')),
    };
  }

  /** What a process leaves behind ends with it, as in a container. */
  async #endGroup(pid: number): Promise<void> {
    signalGroup(pid, 'SIGKILL');
    await groupEnds(pid, 5_000);
    this.#runFile.remove(pid);
  }

  /** To be called when every process has ended. */
  forget(): void {
    this.#runFile.delete();
  }
}

/** Runs a command to its end, for probes and hooks; its output is dropped. Killed after `timeoutMs`. */
export async function runCommand({ file, args, cwd, env }: CommandLine, timeoutMs: number): Promise<Exit> {
  const result = await execa(file, args, { cwd, env, extendEnv: false, stdio: 'ignore', timeout: timeoutMs, killSignal: 'SIGKILL', reject: false });
  return exitOf(result);
}
