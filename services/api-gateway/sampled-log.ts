/** Which answers are logged: every request at debug, one in a thousand at info, what failed at warn, but only so many of those in a second. */
import type { Logger } from '@tartware/kit';

const ONE_IN = 1_000;
/** An outage fails thousands of requests a second, all for the same reason: more lines would only cost what is left. */
const FAILURES_A_SECOND = 50;

export class SampledLog {
  readonly #log: Logger;
  #answered = 0;
  #second = 0;
  #failures = 0;
  #left = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @param summary made only when it is written */
  answered(status: number, now: number, summary: () => object): void {
    this.#answered += 1;
    if (status >= 500) {
      this.failed(now, 'answered', summary);
      return;
    }
    const level = this.#answered % ONE_IN === 0 ? 'info' : 'debug';
    if (this.#log.isLevelEnabled(level)) {
      this.#log[level](summary(), 'answered');
    }
  }

  /** @param now ms, as `performance.now()` counts */
  failed(now: number, message: string, summary: () => object): void {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#failures = 0;
    }
    this.#failures += 1;
    if (this.#failures > FAILURES_A_SECOND) {
      this.#left += 1;
      return;
    }
    this.#log.warn({ ...summary(), ...(this.#left === 0 ? {} : { notLogged: this.#left }) }, message);
    this.#left = 0;
  }
}
