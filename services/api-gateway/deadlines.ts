/**
 * The deadlines of all requests under way. They last equally long, so the order in which requests came is the order in which they pass: one
 * timer looks at the head of the list. A timer for each request costs ten times as much.
 */

export interface Timed {
  /** ms, as `performance.now()` counts. */
  readonly startedAt: number;
  /** Called once, when it has not been removed in time. */
  deadlinePassed: () => void;
}

export interface Entry {
  readonly timed: Timed;
  before: Entry | undefined;
  after: Entry | undefined;
}

/** A deadline passes at most so much late, ms. */
const LOOK_EVERY_MS = 20;

export class Deadlines {
  readonly #lastMs: number;
  readonly #timer: NodeJS.Timeout;
  #first: Entry | undefined;
  #last: Entry | undefined;

  /** @param lastMs how long each request has, ms */
  constructor(lastMs: number) {
    this.#lastMs = lastMs;
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_EVERY_MS).unref();
  }

  add(timed: Timed): Entry {
    const entry: Entry = { timed, before: this.#last, after: undefined };
    if (this.#last) {
      this.#last.after = entry;
    } else {
      this.#first = entry;
    }
    this.#last = entry;
    return entry;
  }

  /** More than once does no harm. */
  remove(entry: Entry): void {
    const { before, after } = entry;
    if (before) {
      before.after = after;
    } else if (this.#first === entry) {
      this.#first = after;
    }
    if (after) {
      after.before = before;
    } else if (this.#last === entry) {
      this.#last = before;
    }
    entry.before = undefined;
    entry.after = undefined;
  }

  look(now: number): void {
    while (this.#first && now - this.#first.timed.startedAt >= this.#lastMs) {
      const { timed } = this.#first;
      this.remove(this.#first);
      timed.deadlinePassed();
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
