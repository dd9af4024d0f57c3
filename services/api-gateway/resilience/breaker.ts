/** A circuit breaker for one upstream, in memory and without promises or timers: two additions a request. */

export interface BreakerOptions {
  /** Results older than this are forgotten, ms. */
  windowMs: number;
  /** With fewer results than this in the window nothing is concluded. */
  minimumVolume: number;
  /** Share of failures at which it opens, 0 to 1. */
  failureRatio: number;
  /** How long it stays open before one request may try, ms. */
  openMs: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What became of a request: `unknown` when it says nothing about the upstream, such as a client that left. */
export type Outcome = 'success' | 'failure' | 'unknown';

/** `probe`: this request alone decides whether the breaker closes. */
export type Admission = 'closed' | 'probe' | 'refused';

const SLOTS = 10;

export class Breaker {
  readonly #options: BreakerOptions;
  readonly #slotMs: number;
  readonly #total = new Float64Array(SLOTS);
  readonly #failed = new Float64Array(SLOTS);
  #slot = 0;
  #openedAt = 0;
  #probing = false;
  #state: BreakerState = 'closed';

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#slotMs = options.windowMs / SLOTS;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** @param now ms of a clock that only goes forward; whoever is not refused must call `record` with what became of it */
  admit(now: number): Admission {
    if (this.#state === 'closed') {
      return 'closed';
    }
    if (this.#state === 'open' && now - this.#openedAt >= this.#options.openMs) {
      this.#state = 'half-open';
    }
    if (this.#state === 'open' || this.#probing) {
      return 'refused';
    }
    this.#probing = true;
    return 'probe';
  }

  /** ms until a refused request is worth another try */
  retryAfter(now: number): number {
    return Math.max(0, this.#openedAt + this.#options.openMs - now);
  }

  record(admission: Admission, outcome: Outcome, now: number): void {
    if (admission === 'probe') {
      this.#probing = false;
      if (outcome === 'success') {
        this.#close();
      } else if (outcome === 'failure') {
        this.#open(now);
      }
      return;
    }
    // What was sent before it opened must not decide any more.
    if (this.#state === 'closed' && outcome !== 'unknown') {
      this.#count(outcome, now);
    }
  }

  #count(outcome: Outcome, now: number): void {
    const slot = this.#forward(now);
    this.#total[slot] = (this.#total[slot] ?? 0) + 1;
    if (outcome !== 'failure') {
      return;
    }
    this.#failed[slot] = (this.#failed[slot] ?? 0) + 1;
    const total = sum(this.#total);
    if (total >= this.#options.minimumVolume && sum(this.#failed) / total >= this.#options.failureRatio) {
      this.#open(now);
    }
  }

  /** Empties the slots that time has passed by. */
  #forward(now: number): number {
    const current = Math.floor(now / this.#slotMs);
    for (let slot = Math.max(this.#slot + 1, current - SLOTS + 1); slot <= current; slot++) {
      this.#total[slot % SLOTS] = 0;
      this.#failed[slot % SLOTS] = 0;
    }
    this.#slot = Math.max(this.#slot, current);
    return this.#slot % SLOTS;
  }

  #open(now: number): void {
    this.#state = 'open';
    this.#openedAt = now;
  }

  #close(): void {
    this.#state = 'closed';
    this.#total.fill(0);
    this.#failed.fill(0);
  }
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
