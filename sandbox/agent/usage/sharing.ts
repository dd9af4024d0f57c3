import { groupBy } from './group-by.ts';

/** A container of some pod, real or simulated, that runs now. */
export interface RunningContainer {
  /** `<pod uid>/<container>/<restarts>`: one run of a container. */
  readonly id: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly node: string;
  /** What shares one load: namespace, service and container. Undefined for a pod on its own. */
  readonly group: string | undefined;
  /** Only ready pods take part in the load. */
  readonly ready: boolean;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** What its processes used since they were started; undefined for a simulated container. */
  readonly measured?: { readonly cpuSeconds: number; readonly memoryBytes: number };
}

/** What is reported for one container. */
export interface ContainerUsage {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** When the container started, as reportedStart() has it, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Never decreases during one run of the container. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

export interface NodeUsage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly containers: readonly ContainerUsage[];
}

/** metrics-server drops a container whose counter stands at zero, and with it its whole pod. */
const FIRST_CPU_SECONDS = 0.001;
/** Reported for simulated containers of which no real one was ever measured. */
const ASSUMED_MEMORY = 32 * 1024 * 1024;
/** What a simulated node uses beside its pods. */
const NODE_MEMORY = 256 * 1024 * 1024;
/** How long a service without any real pod is taken to be as busy as before: its real pod is on the way to another seat. */
const HOLD_MS = 60_000;
/** The rate that is held is the mean of about this long. */
const SMOOTH_MS = 10_000;

/** A container younger than this is reported as if it had idled for a little longer before it started. */
const YOUNG_MS = 10_000;
const IDLED_MS = 10_500;

/**
 * The start that is reported for a container. metrics-server 0.9 makes a rate of a first sample only when the container is at least 10 s old
 * and younger than its own resolution (storage/pod.go); any other has to wait for a second sample, and a service whose pods are all new, as after
 * a rollout, leaves its autoscaler without any metric until then. With a resolution of 11 s an idle time put before a young container's start
 * makes its first sample count, and true: over that time it did use what its counter says, and the replicas' sum stays the measured one.
 */
export function reportedStart(startedAt: number, at: number): number {
  return at - startedAt < YOUNG_MS ? at - IDLED_MS : startedAt;
}

interface Counter {
  readonly startedAt: number;
  cpuSeconds: number;
  /** What the processes had used when last looked at. */
  measuredCpu: number;
}

interface Group {
  cpuPerMs: number;
  memoryBytes: number;
  measuredAt: number;
}

/**
 * Shares what a service's real pods measure over all its ready replicas. CPU is shared: each replica's counter grows by the same part, so that
 * their sum grows as the measured one does and an autoscaler sees the load exactly once. Memory is not: a process does not shrink when others
 * take over its load, so each replica reports the real pod's. Counters live as long as this object; one that began later than its container says so.
 */
export class UsageSharing {
  readonly #begin: number;
  readonly #counters = new Map<string, Counter>();
  readonly #groups = new Map<string, Group>();
  readonly #nodeCpu = new Map<string, number>();
  #containers: readonly RunningContainer[] = [];
  #at: number;

  constructor(now: number) {
    this.#begin = now;
    this.#at = now;
  }

  /** The time of the last advance(), in milliseconds since the epoch: all counters are of this time. */
  get at(): number {
    return this.#at;
  }

  /** Takes note of what runs now and what it has used. */
  advance(now: number, containers: readonly RunningContainer[]): void {
    const elapsed = now - this.#at;
    this.#at = now;
    this.#containers = containers;
    const running = new Set(containers.map(({ id }) => id));
    for (const id of this.#counters.keys()) if (!running.has(id)) this.#counters.delete(id);
    const alone = containers.filter(({ group }) => group === undefined);
    for (const container of alone) this.#charge(this.#spentBy(container), [container]);
    const groups = groupBy(containers.filter(({ group }) => group !== undefined), ({ group }) => group ?? '');
    for (const [name, members] of groups) this.#share(name, members, now, elapsed);
  }

  /** What the node's containers report, and their sum as the node's own. */
  node(node: string): NodeUsage {
    const containers = this.#containers.filter((container) => container.node === node).map((container) => this.#usage(container));
    const memory = containers.reduce((total, { memoryBytes }) => total + memoryBytes, NODE_MEMORY);
    return { cpuSeconds: FIRST_CPU_SECONDS + (this.#nodeCpu.get(node) ?? 0), memoryBytes: memory, containers };
  }

  #usage(container: RunningContainer): ContainerUsage {
    const { startedAt, cpuSeconds } = this.#counter(container);
    const shared = container.group === undefined ? container.measured?.memoryBytes : this.#groups.get(container.group)?.memoryBytes;
    return { namespace: container.namespace, pod: container.pod, container: container.container, startedAt: reportedStart(startedAt, this.#at), cpuSeconds, memoryBytes: shared || ASSUMED_MEMORY };
  }

  #counter({ id, startedAt }: RunningContainer): Counter {
    const known = this.#counters.get(id);
    if (known) return known;
    const counter = { startedAt: Math.max(startedAt, this.#begin), cpuSeconds: FIRST_CPU_SECONDS, measuredCpu: 0 };
    this.#counters.set(id, counter);
    return counter;
  }

  /** CPU seconds since the last look. A child that ends unseen may take its time with it: that is no negative work. */
  #spentBy(container: RunningContainer): number {
    if (!container.measured) return 0;
    const counter = this.#counter(container);
    const spent = Math.max(0, container.measured.cpuSeconds - counter.measuredCpu);
    counter.measuredCpu += spent;
    return spent;
  }

  #share(name: string, members: readonly RunningContainer[], now: number, elapsed: number): void {
    const real = members.filter(({ measured }) => measured);
    const ready = members.filter(({ ready: isReady }) => isReady);
    const group = this.#groups.get(name) ?? { cpuPerMs: 0, memoryBytes: 0, measuredAt: -Infinity };
    this.#groups.set(name, group);
    const spent = real.reduce((total, container) => total + this.#spentBy(container), 0);
    if (real.length > 0) {
      if (elapsed > 0) group.cpuPerMs += (spent / elapsed - group.cpuPerMs) * Math.min(1, elapsed / SMOOTH_MS);
      group.memoryBytes = Math.max(...real.map(({ measured }) => measured?.memoryBytes ?? 0));
      group.measuredAt = now;
    }
    const held = real.length === 0 && now - group.measuredAt <= HOLD_MS ? group.cpuPerMs * elapsed : 0;
    this.#charge(spent + held, ready.length > 0 ? ready : real);
  }

  #charge(cpuSeconds: number, receivers: readonly RunningContainer[]): void {
    for (const container of receivers) {
      const part = cpuSeconds / receivers.length;
      this.#counter(container).cpuSeconds += part;
      this.#nodeCpu.set(container.node, (this.#nodeCpu.get(container.node) ?? 0) + part);
    }
  }
}
