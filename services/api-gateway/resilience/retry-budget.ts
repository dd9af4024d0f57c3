/** Retries help against a single failure and make an outage worse: their share of all requests is bounded. */

/** Share of requests that may be retried. */
const RATIO = 0.1;
/** Saved up at most, and there from the start: a service that is asked rarely may still be retried. */
const RESERVE = 10;

export class RetryBudget {
  #balance = RESERVE;

  /** For each request, before its first attempt. */
  deposit(): void {
    if (this.#balance < RESERVE) {
      this.#balance += RATIO;
    }
  }

  /** @returns false when the budget is spent: the failure is then the answer */
  withdraw(): boolean {
    if (this.#balance < 1) {
      return false;
    }
    this.#balance -= 1;
    return true;
  }
}
