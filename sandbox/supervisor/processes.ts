import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as the run file remembers it; the start time tells it from a later one with the same id. */
export interface RecordedProcess {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** When the process started, in the words of ps; undefined when there is none. */
export function processStart(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Sends the signal to the process and all it started (parts lead a process group of their own). */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the whole group is gone; false when it outlives the time. */
export async function groupEnds(pid: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (signalGroup(pid, 0)) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** Ends the process and all it started: asked first, killed when it outlives the time. */
export async function endGroup(pid: number, withinMs: number): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  if (await groupEnds(pid, withinMs)) return;
  signalGroup(pid, 'SIGKILL');
  await groupEnds(pid, 5_000);
}

/** The run file: which supervisor runs, and which processes are its own. It outlives a crash, so that the next start can clean up. */
export class RunFile {
  readonly #path: string;
  #processes: RecordedProcess[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  add(name: string, pid: number): void {
    this.#processes.push({ name, pid, startedAt: processStart(pid) ?? '' });
    this.#write();
  }

  remove(pid: number): void {
    this.#processes = this.#processes.filter((entry) => entry.pid !== pid);
    this.#write();
  }

  delete(): void {
    rmSync(this.#path, { force: true });
  }

  #write(): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const next = `${this.#path}.next`;
    writeFileSync(next, JSON.stringify({ supervisor: { name: 'supervisor', pid: process.pid, startedAt: processStart(process.pid) ?? '' }, processes: this.#processes }, null, 1));
    renameSync(next, this.#path);
  }
}

export interface RunRecord {
  readonly supervisor: RecordedProcess;
  readonly processes: readonly RecordedProcess[];
}

/** What the run file says, or undefined when there is none or it was cut off while written. */
export function readRunFile(path: string): RunRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}

export function isAlive(entry: RecordedProcess): boolean {
  return entry.startedAt !== '' && processStart(entry.pid) === entry.startedAt;
}

/**
 * Ends what a crashed supervisor left behind, last started first.
 * @returns the names of what was ended
 */
export async function endLeftovers(path: string): Promise<string[]> {
  const record = readRunFile(path);
  const left = (record?.processes ?? []).filter(isAlive).reverse();
  for (const entry of left) await endGroup(entry.pid, 10_000);
  rmSync(path, { force: true });
  return left.map((entry) => entry.name);
}
