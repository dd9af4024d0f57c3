/** A replica that is ready now. */
export interface ReadyPod {
  readonly name: string;
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** One Deployment of the platform, as seen now. */
export interface Seat {
  /** Its pods that are ready, all of them simulated if `taken` is false. */
  readonly ready: readonly ReadyPod[];
  /** A pod of it is bound to the real node, in whatever state. */
  readonly taken: boolean;
  /** It is rolling, or a pod of it waits for a node: the seat may be taken without our doing. */
  readonly moving: boolean;
}

/** What is remembered of a seat that is empty. */
export interface EmptySeat {
  readonly attempts: number;
  /** When to make room, in milliseconds since the epoch. */
  readonly dueAt: number;
}

const LONGEST_WAIT_MS = 300_000;

/**
 * Decides whether a simulated pod has to make room, so that its replacement can be scheduled to the real node.
 * The youngest is chosen: it has the least to lose. Each attempt that does not help doubles the wait.
 * @param afterMs how long a seat may be empty
 */
export function decideSeat({ ready, taken, moving }: Seat, memory: EmptySeat | undefined, now: number, afterMs: number): { memory: EmptySeat | undefined; evict?: ReadyPod } {
  if (taken || ready.length === 0) return { memory: undefined };
  const known = memory ?? { attempts: 0, dueAt: now + afterMs };
  if (moving || now < known.dueAt) return { memory: known };
  const evict = ready.reduce((youngest, pod) => (pod.createdAt > youngest.createdAt ? pod : youngest));
  const wait = Math.min(afterMs * 2 ** (known.attempts + 1), LONGEST_WAIT_MS);
  return { memory: { attempts: known.attempts + 1, dueAt: now + wait }, evict };
}
