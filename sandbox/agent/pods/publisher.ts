import { setTimeout as sleep } from 'node:timers/promises';

/** Changes within this time are published together. */
const SETTLE_MS = 50;
const RETRY_MS = 1_000;

/**
 * Publishes the latest state of something, one call at a time: what changes meanwhile is published right after,
 * and what fails is tried again until it succeeds or is given up by `publish` returning.
 */
export class Publisher {
  readonly #publish: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #dirty = false;
  #closed = false;
  #running: Promise<void> | undefined;

  constructor(publish: () => Promise<void>, onError: (error: unknown) => void) {
    this.#publish = publish;
    this.#onError = onError;
  }

  changed(): void {
    this.#dirty = true;
    this.#running ??= this.#run();
  }

  /** Publishes what is left and nothing afterwards. */
  async close(): Promise<void> {
    await this.#running;
    this.#closed = true;
  }

  /** Publishes nothing more. */
  abandon(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#closed) {
      await sleep(SETTLE_MS);
      this.#dirty = false;
      try {
        await this.#publish();
      } catch (error) {
        this.#onError(error);
        this.#dirty = true;
        await sleep(RETRY_MS);
      }
    }
    this.#running = undefined;
  }
}
