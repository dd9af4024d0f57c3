import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError, describeError } from '../errors.ts';
import { REPOSITORY } from '../paths.ts';
import { lastLines } from './log.ts';
import { inOrder, type Context, type Part, type Step, type Unit } from './part.ts';
import { RunFile, groupEnds, signalGroup } from './processes.ts';

export type UnitState = 'waiting' | 'starting' | 'ready' | 'done' | 'restarting' | 'stopping' | 'stopped' | 'failed';

export interface UnitStatus {
  readonly name: string;
  readonly state: UnitState;
  readonly pid?: number;
  readonly restarts: number;
  readonly ports: readonly number[];
  readonly log: string;
  /** How long it took to become ready, in milliseconds. */
  readonly readyAfterMs?: number;
}

interface Running {
  state: UnitState;
  process?: ChildProcess;
  restarts: number;
  readyAfterMs?: number;
  /** Set while we end it ourselves, so that its exit isn't taken for a crash. */
  stopping: boolean;
}

export interface SupervisorEvents {
  state: [status: UnitStatus];
  /** A part ended by itself; it's being restarted unless `final`. */
  died: [name: string, message: string, final: boolean];
}

const POLL_MS = 150;
const LOG_LINES = 8;
/** A part that ends this often is given up on. */
const MAX_RESTARTS = 5;
const RESTART_DELAY_MS = 1_000;

/**
 * Starts units as soon as what they need is ready, restarts parts that die, and stops everything in reverse order.
 * Each part leads a process group of its own: a Ctrl-C in the terminal reaches only the supervisor, which then stops them in order.
 */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #context: Context;
  readonly #units: readonly Unit[];
  readonly #running = new Map<string, Running>();
  readonly #runFile: RunFile;
  #stopped = false;

  constructor(units: readonly Unit[], context: Context) {
    super();
    this.#units = inOrder(units);
    this.#context = context;
    this.#runFile = new RunFile(context.state('run.json'));
    for (const unit of this.#units) this.#running.set(unit.name, { state: 'waiting', restarts: 0, stopping: false });
  }

  /**
   * Resolves when every unit is ready or done.
   * @throws SandboxError of the first unit that fails; what runs by then keeps running until stop()
   */
  async start(): Promise<void> {
    const ready = new Map<string, Promise<void>>();
    for (const unit of this.#units) {
      ready.set(unit.name, Promise.all(unit.needs.map((need) => ready.get(need))).then(async () => this.#bringUp(unit)));
    }
    await Promise.all(ready.values());
  }

  status(): UnitStatus[] {
    return this.#units.map((unit) => this.#statusOf(unit));
  }

  /** Stops one part and keeps it stopped. */
  async stopPart(name: string): Promise<void> {
    await this.#end(this.#part(name));
  }

  /** Starts a part that was stopped, and waits until it is ready. */
  async startPart(name: string): Promise<void> {
    const part = this.#part(name);
    const running = this.#runningOf(part);
    if (running.state === 'ready' || running.state === 'starting') return;
    running.stopping = false;
    await this.#bringUp(part);
  }

  /** Stops every part, those that others need last. Safe to call more than once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const ended = new Map<string, Promise<void>>();
    for (const unit of [...this.#units].reverse()) {
      if (unit.kind !== 'part') continue;
      const dependants = this.#dependantsOf(unit).map((name) => ended.get(name));
      ended.set(unit.name, Promise.all(dependants).then(async () => this.#end(unit)));
    }
    await Promise.all(ended.values());
    this.#runFile.delete();
  }

  /** Parts that need this one, also through steps. */
  #dependantsOf(unit: Unit): string[] {
    const direct = this.#units.filter((other) => other.needs.includes(unit.name));
    return direct.flatMap((other) => (other.kind === 'part' ? [other.name] : this.#dependantsOf(other)));
  }

  #part(name: string): Part {
    const unit = this.#units.find((candidate) => candidate.name === name);
    if (unit?.kind === 'part') return unit;
    const names = this.#units.filter((candidate) => candidate.kind === 'part').map((candidate) => candidate.name);
    throw new SandboxError('UNKNOWN_PART', `the sandbox has no part named '${name}'`, `parts are ${names.join(', ')}`);
  }

  #runningOf(unit: Unit): Running {
    const running = this.#running.get(unit.name);
    if (!running) throw new Error(`no record of ${unit.name}`);
    return running;
  }

  #statusOf(unit: Unit): UnitStatus {
    const running = this.#runningOf(unit);
    const pid = running.process?.pid;
    return {
      name: unit.name,
      state: running.state,
      restarts: running.restarts,
      ports: unit.kind === 'part' ? unit.ports.map((port) => this.#context.ports[port]) : [],
      log: this.#logOf(unit),
      ...(pid === undefined ? {} : { pid }),
      ...(running.readyAfterMs === undefined ? {} : { readyAfterMs: running.readyAfterMs }),
    };
  }

  #logOf(unit: Unit): string {
    return this.#context.state('logs', `${unit.name}.log`);
  }

  #setState(unit: Unit, state: UnitState): void {
    this.#runningOf(unit).state = state;
    this.emit('state', this.#statusOf(unit));
  }

  async #bringUp(unit: Unit): Promise<void> {
    if (this.#stopped) return;
    const started = Date.now();
    this.#setState(unit, 'starting');
    try {
      await (unit.kind === 'step' ? this.#runStep(unit) : this.#startPart(unit));
    } catch (error) {
      this.#setState(unit, 'failed');
      throw error;
    }
    this.#runningOf(unit).readyAfterMs = Date.now() - started;
    this.#setState(unit, unit.kind === 'step' ? 'done' : 'ready');
  }

  async #runStep(step: Step): Promise<void> {
    try {
      await step.run(this.#context);
    } catch (error) {
      if (error instanceof SandboxError) throw error;
      throw new SandboxError('STEP_FAILED', `${step.name} failed: ${describeError(error)}`, 'run again; if it stays, start anew with npm start -- --reset', { cause: error });
    }
  }

  async #startPart(part: Part): Promise<void> {
    this.#spawn(part);
    await this.#waitUntilReady(part);
  }

  #spawn(part: Part): void {
    const running = this.#runningOf(part);
    const { file, args, env, cwd } = part.command(this.#context);
    const log = this.#logOf(part);
    mkdirSync(dirname(log), { recursive: true });
    const output = openSync(log, 'a');
    const child = spawn(file, args, { env: { ...process.env, ...env }, cwd: cwd ?? REPOSITORY, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    running.process = child;
    if (child.pid !== undefined) this.#runFile.add(part.name, child.pid);
    child.once('error', (error) => void this.#onExit(part, child, error.message));
    child.once('exit', (code, signal) => void this.#onExit(part, child, signal === null ? `exit code ${code}` : `signal ${signal}`));
  }

  async #waitUntilReady(part: Part): Promise<void> {
    const running = this.#runningOf(part);
    const deadline = Date.now() + part.readyWithinMs;
    let reason = 'it never answered';
    while (Date.now() < deadline && !this.#stopped && running.state !== 'failed') {
      try {
        if (running.process && (await part.isReady(this.#context))) return;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      await sleep(POLL_MS);
    }
    if (this.#stopped) return;
    const what = running.state === 'failed' ? 'ended again and again' : `was not ready within ${part.readyWithinMs / 1000} s (${reason})`;
    throw new SandboxError('PART_NOT_READY', `${part.name} ${what}. Its last lines:\n${this.#tail(part)}`, `the whole log is ${this.#logOf(part)}; npm start -- --reset begins anew`);
  }

  #tail(part: Part): string {
    return lastLines(this.#logOf(part), LOG_LINES).map((line) => `    ${line}`).join('\n');
  }

  async #onExit(part: Part, child: ChildProcess, how: string): Promise<void> {
    const running = this.#runningOf(part);
    if (child.pid !== undefined) this.#runFile.remove(child.pid);
    if (running.process !== child) return;
    delete running.process;
    if (running.stopping || this.#stopped) return;
    const final = running.restarts >= MAX_RESTARTS;
    this.emit('died', part.name, `${part.name} ended by itself: ${how}. Its last lines:\n${this.#tail(part)}`, final);
    if (final) return this.#setState(part, 'failed');
    running.restarts += 1;
    const wasReady = running.state === 'ready';
    if (wasReady) this.#setState(part, 'restarting');
    await sleep(RESTART_DELAY_MS * running.restarts);
    if (this.#stopped || running.stopping) return;
    this.#spawn(part);
    if (!wasReady) return;
    await this.#waitUntilReady(part).then(
      () => this.#setState(part, 'ready'),
      (error: unknown) => this.emit('died', part.name, describeError(error), false),
    );
  }

  async #end(part: Part): Promise<void> {
    const running = this.#runningOf(part);
    running.stopping = true;
    const pid = running.process?.pid;
    if (pid !== undefined) {
      this.#setState(part, 'stopping');
      signalGroup(pid, 'SIGTERM');
      if (!(await groupEnds(pid, part.stopWithinMs))) {
        signalGroup(pid, 'SIGKILL');
        await groupEnds(pid, 5_000);
      }
      this.#runFile.remove(pid);
    }
    if (running.state !== 'waiting') this.#setState(part, 'stopped');
  }
}
