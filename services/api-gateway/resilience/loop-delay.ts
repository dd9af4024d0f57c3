/** How late the event loop is: the one sign of overload that needs no knowledge of what the load is. */

const LOOK_EVERY_MS = 100;
/** Weight of the newest look: one pause, such as a garbage collection, does not make an overload. */
const NEWEST = 0.5;

export class LoopDelay {
  readonly #limitMs: number;
  readonly #timer: NodeJS.Timeout;
  #due = performance.now() + LOOK_EVERY_MS;
  #averageMs = 0;
  /** Whether requests should be turned away. */
  overloaded = false;

  /** @param limitMs average lateness that counts as overload */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_EVERY_MS).unref();
  }

  get averageMs(): number {
    return this.#averageMs;
  }

  /** @param now ms, as `performance.now()` counts */
  look(now: number): void {
    this.#averageMs += NEWEST * (Math.max(0, now - this.#due) - this.#averageMs);
    this.overloaded = this.#averageMs > this.#limitMs;
    this.#due = now + LOOK_EVERY_MS;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
