import type { ChildProcess } from 'node:child_process';

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

/** What the supervisor remembers of one unit. */
export interface Running {
  state: UnitState;
  process?: ChildProcess;
  restarts: number;
  readyAfterMs?: number;
  /** Counts each launch, end and giving up: whoever slept or waited meanwhile sees that its own time is over. */
  generation: number;
  /** The start or restart in progress. */
  coming?: Promise<void>;
  /** The end in progress. */
  ending?: Promise<void>;
}

/** Keeps what is coming in the record until it has come or failed. */
export async function track(running: Running, coming: Promise<void>): Promise<void> {
  running.coming = coming;
  const done = (): void => {
    if (running.coming === coming) delete running.coming;
  };
  coming.then(done, done);
  await coming;
}
