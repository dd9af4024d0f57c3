/** One upstream as the gateway sees it: its connections and all that protects it. */
import type { Dispatcher } from 'undici';
import { Breaker } from './resilience/breaker.ts';
import { RetryBudget } from './resilience/retry-budget.ts';
import { Pool } from './undici-pool.ts';

/** Connections to one upstream, at most. */
const CONNECTIONS = 128;
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection stays with the pod it was opened to: after this long a new one gives new pods their share. */
const CONNECTION_AGE_MS = 60_000;
const BREAKER = { windowMs: 10_000, minimumVolume: 20, failureRatio: 0.5, openMs: 5_000 };

export interface Upstream {
  name: string;
  connections: Connections;
  breaker: Breaker;
  budget: RetryBudget;
  /** Requests sent and not yet answered whole. */
  inFlight: number;
  maxInFlight: number;
  retries: number;
}

/** @param url only its origin counts */
export function createUpstream(name: string, url: string, maxInFlight: number): Upstream {
  return { name, connections: new Connections(new URL(url).origin), breaker: new Breaker(BREAKER), budget: new RetryBudget(), inFlight: 0, maxInFlight, retries: 0 };
}

/**
 * A pool of connections that is replaced now and then; requests under way end on the old one. undici can age single connections
 * (`clientTtl`) but looks at the age of each of them for every request.
 */
class Connections implements Pick<Dispatcher, 'dispatch'> {
  readonly #origin: string;
  readonly #timer: NodeJS.Timeout;
  #pool: Pool;
  #used = false;

  constructor(origin: string) {
    this.#origin = origin;
    this.#pool = this.#open();
    this.#timer = setInterval(() => this.#replace(), CONNECTION_AGE_MS).unref();
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.#used = true;
    return this.#pool.dispatch(options, handler);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pool.close();
  }

  #open(): Pool {
    return new Pool(this.#origin, {
      connections: CONNECTIONS, connectTimeout: CONNECT_TIMEOUT_MS,
      // The deadline of the whole exchange takes the place of both.
      headersTimeout: 0, bodyTimeout: 0,
    });
  }

  #replace(): void {
    if (this.#used) {
      const old = this.#pool;
      this.#pool = this.#open();
      this.#used = false;
      void old.close();
    }
  }
}
