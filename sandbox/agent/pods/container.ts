import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Container, V1ContainerState, V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { Exit, LocalProcess } from '../processes.ts';
import { afterRestart, restartWait, type Backoff } from './backoff.ts';
import type { CommandLine } from './command.ts';
import { runPreStop } from './hooks.ts';
import { watchHealth, type Health } from './health.ts';
import { mayRestart, type ContainerView } from './status.ts';

/** Why a container can't be started now; the reason is the one a kubelet would give. */
export class LaunchError extends Error {
  readonly reason: 'ErrImagePull' | 'CreateContainerConfigError';

  constructor(reason: LaunchError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export type EventType = 'Normal' | 'Warning';

/** What a container needs from the node it runs on. */
export interface ContainerHost {
  readonly address: string;
  /** @throws LaunchError */
  prepare(pod: V1Pod, container: V1Container): Promise<CommandLine>;
  launch(pod: V1Pod, container: V1Container, run: number, command: CommandLine): LocalProcess;
  event(pod: V1Pod, type: EventType, reason: string, message: string): void;
}

export interface ContainerSetup {
  readonly pod: V1Pod;
  readonly container: V1Container;
  readonly host: ContainerHost;
  /** `Always`, `OnFailure` or `Never`. */
  readonly policy: string | undefined;
  /** What an earlier agent published of it. */
  readonly previous: V1ContainerStatus | undefined;
  changed(): void;
}

/** A container that was running when the agent stopped is counted as one that was restarted. */
function restartsBefore(previous: V1ContainerStatus | undefined): number {
  return previous?.containerID ? (previous.restartCount ?? 0) + 1 : 0;
}

/** How long to wait before asking again for what was missing. */
const RETRY_LAUNCH_MS = 5_000;

/** The life of one container: its process, started again as the pod's policy says, and the health of it. */
export class ContainerRunner {
  readonly container: V1Container;
  readonly #pod: V1Pod;
  readonly #host: ContainerHost;
  readonly #policy: string | undefined;
  readonly #changed: () => void;
  readonly #stop = new AbortController();
  #state: V1ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #lastState: V1ContainerStateTerminated | undefined;
  #restarts: number;
  #backoff: Backoff | undefined;
  #process: LocalProcess | undefined;
  #command: CommandLine | undefined;
  #health: Health | undefined;

  constructor({ pod, container, host, policy, previous, changed }: ContainerSetup) {
    this.container = container;
    this.#policy = policy;
    this.#pod = pod;
    this.#host = host;
    this.#changed = changed;
    this.#restarts = restartsBefore(previous);
  }

  get view(): ContainerView {
    const health = this.#state.running ? this.#health : undefined;
    return {
      name: this.container.name,
      image: this.container.image ?? '',
      state: this.#state,
      restartCount: this.#restarts,
      started: health?.started ?? false,
      ready: health?.ready ?? this.#state.terminated?.exitCode === 0,
      ...(this.#lastState ? { lastState: this.#lastState } : {}),
      ...(this.#process?.pid === undefined ? {} : { pid: this.#process.pid }),
    };
  }

  /** Resolves when the container has ended for good, with the exit code of its last run; undefined when it never ran. */
  async run(): Promise<number | undefined> {
    for (;;) {
      const command = await this.#prepare();
      // It may have been stopped while its environment was being read.
      if (!command || this.#stop.signal.aborted) return undefined;
      const { exitCode } = await this.#runOnce(command);
      if (this.#stop.signal.aborted || !mayRestart(this.#policy, exitCode)) return exitCode;
      await this.#backOff();
      if (this.#stop.signal.aborted) return exitCode;
    }
  }

  /**
   * Ends the container: preStop hook, SIGTERM, and SIGKILL to all its processes when `graceMs` are over.
   * Resolves when its processes are gone; run() resolves too.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#health?.stop();
    const running = this.#process;
    if (!running || !this.#state.running) return;
    const deadline = Date.now() + graceMs;
    const command = this.#command;
    if (command && graceMs > 0) await Promise.race([runPreStop(this.container, { container: this.container, address: this.#host.address, commandLine: command }, graceMs), running.exited]);
    // A hook may use up the grace; the process still gets a moment, as a kubelet gives it.
    await this.#terminate(running, graceMs > 0 ? Math.max(deadline - Date.now(), 2_000) : 0);
  }

  async #terminate(running: LocalProcess, graceMs: number): Promise<void> {
    if (graceMs > 0) running.signal('SIGTERM');
    const timer = setTimeout(() => running.kill(), graceMs);
    await running.exited;
    clearTimeout(timer);
  }

  #setState(state: V1ContainerState): void {
    this.#state = state;
    this.#changed();
  }

  async #prepare(): Promise<CommandLine | undefined> {
    for (;;) {
      if (this.#stop.signal.aborted) return undefined;
      try {
        return await this.#host.prepare(this.#pod, this.container);
      } catch (error) {
        const reason = error instanceof LaunchError ? error.reason : 'CreateContainerConfigError';
        const message = error instanceof Error ? error.message : String(error);
        if (this.#state.waiting?.message !== message) this.#host.event(this.#pod, 'Warning', 'Failed', `${reason}: ${message}`);
        this.#setState({ waiting: { reason, message } });
      }
      await this.#pause(RETRY_LAUNCH_MS);
    }
  }

  async #runOnce(command: CommandLine): Promise<Exit> {
    const startedAt = new Date();
    const running = this.#host.launch(this.#pod, this.container, this.#restarts, command);
    this.#process = running;
    this.#command = command;
    this.#health = watchHealth(
      { container: this.container, address: this.#host.address, commandLine: command },
      {
        changed: this.#changed,
        unhealthy: (kind, message) => this.#host.event(this.#pod, 'Warning', 'Unhealthy', `${kind} probe failed: ${message}`),
        failed: (kind, graceSeconds) => this.#killUnhealthy(running, kind, graceSeconds),
      },
    );
    this.#host.event(this.#pod, 'Normal', 'Started', `Started container ${this.container.name}`);
    this.#setState({ running: { startedAt } });
    const exit = await running.exited;
    this.#health.stop();
    this.#setState({ terminated: this.#terminated(exit, startedAt, running.pid) });
    return exit;
  }

  #killUnhealthy(running: LocalProcess, kind: string, graceSeconds: number | undefined): void {
    this.#health?.stop();
    this.#host.event(this.#pod, 'Normal', 'Killing', `Container ${this.container.name} failed ${kind} probe, will be restarted`);
    void this.#terminate(running, (graceSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1_000);
  }

  #terminated({ exitCode, signal, startError }: Exit, startedAt: Date, pid: number | undefined): V1ContainerStateTerminated {
    return {
      exitCode,
      reason: startError ? 'StartError' : exitCode === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: new Date(),
      ...(signal === undefined ? {} : { signal }),
      ...(startError === undefined ? {} : { message: startError }),
      ...(pid === undefined ? {} : { containerID: `process://${pid}` }),
    };
  }

  async #backOff(): Promise<void> {
    const terminated = this.#state.terminated;
    const endedAt = terminated?.finishedAt?.getTime() ?? Date.now();
    const wait = restartWait(this.#backoff, endedAt, Date.now());
    if (wait > 0) {
      const message = `back-off ${Math.round((this.#backoff?.delayMs ?? 0) / 1_000)}s restarting failed container=${this.container.name} pod=${this.#pod.metadata?.name}_${this.#pod.metadata?.namespace}(${this.#pod.metadata?.uid})`;
      this.#lastState = terminated;
      this.#setState({ waiting: { reason: 'CrashLoopBackOff', message } });
      this.#host.event(this.#pod, 'Warning', 'BackOff', message);
      await this.#pause(wait);
      if (this.#stop.signal.aborted) return;
    }
    this.#lastState = terminated;
    this.#backoff = afterRestart(this.#backoff, endedAt, Date.now());
    this.#restarts += 1;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
