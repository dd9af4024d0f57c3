/** The kubelet's crash back-off: the first restart is immediate, then 10 s, doubled up to 5 min. */
const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
/** A container that ran this long is forgiven. */
const FORGIVEN_AFTER_MS = 2 * LONGEST_MS;

/** What is remembered of a container's restarts; undefined before the first one. */
export interface Backoff {
  /** How long after its end the container may start again, in milliseconds. */
  readonly delayMs: number;
  /** When it was last started again, in milliseconds since the epoch. */
  readonly restartedAt: number;
}

/** How long a container that ended at `endedAt` has to wait from `now`, in milliseconds. */
export function restartWait(backoff: Backoff | undefined, endedAt: number, now: number): number {
  if (!backoff || endedAt - backoff.restartedAt > FORGIVEN_AFTER_MS) return 0;
  return Math.max(0, endedAt + backoff.delayMs - now);
}

/** What to remember when the container that ended at `endedAt` starts again at `now`. */
export function afterRestart(backoff: Backoff | undefined, endedAt: number, now: number): Backoff {
  const forgiven = !backoff || endedAt - backoff.restartedAt > FORGIVEN_AFTER_MS;
  return { delayMs: forgiven ? FIRST_MS : Math.min(backoff.delayMs * 2, LONGEST_MS), restartedAt: now };
}
