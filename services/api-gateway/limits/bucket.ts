/** A token bucket of one tenant and class, as one pod sees it. */

export interface BucketSize {
  /** Tokens that flow in, per second. */
  perSecond: number;
  /** Tokens it holds at most. */
  burst: number;
}

export class Bucket {
  readonly size: BucketSize;
  tokens: number;
  /** Taken here and not yet told to the others. */
  unreported = 0;
  usedAt: number;
  #filledAt: number;

  /** @param now ms of a clock that only goes forward */
  constructor(size: BucketSize, now: number) {
    this.size = size;
    this.tokens = size.burst;
    this.usedAt = now;
    this.#filledAt = now;
  }

  /**
   * @param alone whether tokens flow in here; else they come with each reconciliation
   * @returns 0 when a token was taken, else ms until there is one
   */
  take(now: number, alone: boolean): number {
    if (alone) {
      this.#fill(now);
    }
    this.#filledAt = now;
    this.usedAt = now;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      this.unreported += 1;
      return 0;
    }
    return ((1 - this.tokens) / this.size.perSecond) * 1_000;
  }

  /** @returns what was taken since the last time, now on its way to the others */
  report(): number {
    const taken = this.unreported;
    this.unreported = 0;
    return taken;
  }

  /** @param left tokens that all pods together have left after `report` was counted; negative when they took too many */
  agree(left: number): void {
    this.tokens = left - this.unreported;
  }

  /** The report did not get there. */
  restore(taken: number): void {
    this.unreported += taken;
  }

  #fill(now: number): void {
    const { burst, perSecond } = this.size;
    this.tokens = Math.min(burst, this.tokens + ((now - this.#filledAt) / 1_000) * perSecond);
  }
}
