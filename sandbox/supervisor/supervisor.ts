import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError, describeError } from '../errors.ts';
import { REPOSITORY } from '../paths.ts';
import { lastLines } from './log.ts';
import { inOrder, partNamed, type Context, type Part, type Step, type Unit } from './part.ts';
import { RunFile, endGroup } from './processes.ts';
import { track, type Running, type UnitState, type UnitStatus } from './record.ts';

export type { UnitState, UnitStatus };

export interface SupervisorEvents {
  state: [status: UnitStatus];
  /** A part ended by itself, or its restart failed; it's being restarted unless `final`. */
  died: [name: string, message: string, final: boolean];
}

const POLL_MS = 150;
const LOG_LINES = 8;
/** A part that ends this often is given up on. */
const MAX_RESTARTS = 5;
const RESTART_DELAY_MS = 1_000;
/** Longer than a cancelled command may take. */
const STEP_STOPS_WITHIN_MS = 12_000;

/**
 * Starts units as soon as what they need is ready, restarts parts that die, and stops everything in reverse order.
 * Each part leads a process group of its own: a Ctrl-C in the terminal reaches only the supervisor, which then stops them in order.
 */
export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #context: Context;
  readonly #units: readonly Unit[];
  readonly #running = new Map<string, Running>();
  readonly #runFile: RunFile;
  readonly #abort = new AbortController();

  constructor(units: readonly Unit[], context: Context) {
    super();
    this.#units = inOrder(units);
    this.#context = context;
    this.#runFile = new RunFile(context.state('run.json'));
    for (const unit of this.#units) this.#running.set(unit.name, { state: 'waiting', restarts: 0, generation: 0 });
  }

  get #stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  /**
   * Waits until every unit is ready or done.
   * @returns false when stop() came before
   * @throws SandboxError of the first unit that fails; what else runs by then keeps running until stop()
   */
  async start(): Promise<boolean> {
    const ready = new Map<string, Promise<void>>();
    for (const unit of this.#units) {
      ready.set(unit.name, Promise.all(unit.needs.map((need) => ready.get(need))).then(async () => this.#bringUp(unit)));
    }
    await Promise.all(ready.values());
    return !this.#stopped;
  }

  status(): UnitStatus[] {
    return this.#units.map((unit) => this.#statusOf(unit));
  }

  /** Stops one part and keeps it stopped. */
  async stopPart(name: string): Promise<void> {
    await this.#end(partNamed(this.#units, name));
  }

  /**
   * Starts a part that was stopped or failed, and waits until it is ready; joins a start or restart in progress.
   * @throws SandboxError PART_NOT_READY, UNKNOWN_PART
   */
  async startPart(name: string): Promise<void> {
    const part = partNamed(this.#units, name);
    await this.#runningOf(part).ending;
    await this.#bringUp(part);
  }

  /** Cancels the steps that run and stops every part, those that others need last. Safe to call more than once. */
  async stop(): Promise<void> {
    this.#abort.abort();
    const ended = new Map<string, Promise<void>>();
    for (const unit of [...this.#units].reverse()) {
      const dependants = this.#units.filter(({ needs }) => needs.includes(unit.name)).map(({ name }) => ended.get(name));
      ended.set(unit.name, Promise.all(dependants).then(async () => (unit.kind === 'part' ? this.#end(unit) : this.#endStep(unit))));
    }
    await Promise.all(ended.values());
    this.#runFile.delete();
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
    const running = this.#runningOf(unit);
    if (running.state === state) return;
    running.state = state;
    this.emit('state', this.#statusOf(unit));
  }

  /** Never starts a unit twice: what is up stays, and what is coming is waited for. */
  async #bringUp(unit: Unit): Promise<void> {
    const running = this.#runningOf(unit);
    if (this.#stopped || running.state === 'ready' || running.state === 'done') return;
    await (running.coming ?? track(running, this.#launch(unit)));
  }

  async #launch(unit: Unit): Promise<void> {
    const running = this.#runningOf(unit);
    running.generation += 1;
    const { generation } = running;
    const started = Date.now();
    this.#setState(unit, 'starting');
    try {
      await (unit.kind === 'step' ? this.#runStep(unit) : this.#startPart(unit, generation));
    } catch (error) {
      if (!this.#stopped) {
        if (running.generation === generation) await this.#fail(unit);
        throw error;
      }
    }
    if (this.#stopped) return unit.kind === 'step' ? this.#setState(unit, 'stopped') : undefined;
    running.readyAfterMs = Date.now() - started;
    this.#setState(unit, unit.kind === 'step' ? 'done' : 'ready');
  }

  /** Leaves no process behind that nobody watches any more. */
  async #fail(unit: Unit): Promise<void> {
    const running = this.#runningOf(unit);
    running.generation += 1;
    const { generation } = running;
    if (unit.kind === 'part') await this.#endProcess(unit);
    if (running.generation === generation) this.#setState(unit, 'failed');
  }

  async #runStep(step: Step): Promise<void> {
    try {
      await step.run(this.#context, this.#abort.signal);
    } catch (error) {
      if (error instanceof SandboxError) throw error;
      throw new SandboxError('STEP_FAILED', `${step.name} failed: ${describeError(error)}`, 'run again; if it stays, start anew with npm start -- --reset', { cause: error });
    }
  }

  async #startPart(part: Part, generation: number): Promise<void> {
    this.#spawn(part);
    await this.#waitUntilReady(part, generation);
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
    const { generation } = running;
    if (child.pid !== undefined) this.#runFile.add(part.name, child.pid);
    child.once('error', (error) => void this.#onExit(part, child, generation, error.message));
    child.once('exit', (code, signal) => void this.#onExit(part, child, generation, signal === null ? `exit code ${code}` : `signal ${signal}`));
  }

  async #waitUntilReady(part: Part, generation: number): Promise<void> {
    const running = this.#runningOf(part);
    const deadline = Date.now() + part.readyWithinMs;
    const current = (): boolean => running.generation === generation;
    let reason = 'it never answered';
    while (Date.now() < deadline && !this.#stopped && current() && running.state !== 'failed') {
      try {
        if (running.process && (await part.isReady(this.#context)) && current()) return;
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      await sleep(POLL_MS);
    }
    if (this.#stopped) return;
    const late = running.state === 'failed' ? 'ended again and again' : `was not ready within ${part.readyWithinMs / 1000} s (${reason})`;
    const what = current() ? late : 'was stopped before it was ready';
    throw new SandboxError('PART_NOT_READY', `${part.name} ${what}. Its last lines:\n${this.#tail(part)}`, `the whole log is ${this.#logOf(part)}; npm start -- --reset begins anew`);
  }

  #tail(part: Part): string {
    return lastLines(this.#logOf(part), LOG_LINES).map((line) => `    ${line}`).join('\n');
  }

  async #onExit(part: Part, child: ChildProcess, generation: number, how: string): Promise<void> {
    const running = this.#runningOf(part);
    if (child.pid !== undefined) this.#runFile.remove(child.pid);
    if (running.process !== child) return;
    delete running.process;
    if (this.#stopped || running.generation !== generation) return;
    const final = running.restarts >= MAX_RESTARTS;
    this.emit('died', part.name, `${part.name} ended by itself: ${how}. Its last lines:\n${this.#tail(part)}`, final);
    if (final) return this.#setState(part, 'failed');
    running.restarts += 1;
    // While it starts or restarts, somebody waits for it already.
    const again = running.state === 'ready' ? track(running, this.#restart(part, generation)) : this.#respawn(part, generation);
    await again.catch(() => undefined);
  }

  async #respawn(part: Part, generation: number): Promise<void> {
    const running = this.#runningOf(part);
    await sleep(RESTART_DELAY_MS * running.restarts, undefined, { signal: this.#abort.signal }).catch(() => undefined);
    if (!this.#stopped && running.generation === generation) this.#spawn(part);
  }

  async #restart(part: Part, generation: number): Promise<void> {
    const running = this.#runningOf(part);
    this.#setState(part, 'restarting');
    try {
      await this.#respawn(part, generation);
      await this.#waitUntilReady(part, generation);
    } catch (error) {
      // A part that was given up on or stopped has been told of already.
      const untold = running.state === 'restarting' && running.generation === generation;
      if (running.generation === generation) await this.#fail(part);
      if (untold) this.emit('died', part.name, describeError(error), true);
      throw error;
    }
    if (!this.#stopped) this.#setState(part, 'ready');
  }

  /** A step gets some time to end before what it works with is stopped; one that heeds no signal fails then. */
  async #endStep(step: Step): Promise<void> {
    const { coming } = this.#runningOf(step);
    if (!coming) return;
    await Promise.race([coming, sleep(STEP_STOPS_WITHIN_MS, undefined, { ref: false })]).catch(() => undefined);
  }

  async #end(part: Part): Promise<void> {
    const running = this.#runningOf(part);
    running.ending ??= this.#endNow(part).finally(() => delete running.ending);
    await running.ending;
  }

  async #endNow(part: Part): Promise<void> {
    const running = this.#runningOf(part);
    running.generation += 1;
    delete running.coming;
    if (running.process) this.#setState(part, 'stopping');
    await this.#endProcess(part);
    if (running.state !== 'waiting') this.#setState(part, 'stopped');
  }

  async #endProcess(part: Part): Promise<void> {
    const running = this.#runningOf(part);
    const pid = running.process?.pid;
    if (pid === undefined) return;
    await endGroup(pid, part.stopWithinMs);
    this.#runFile.remove(pid);
    if (running.process?.pid === pid) delete running.process;
  }
}
