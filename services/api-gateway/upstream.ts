/** One upstream as the gateway sees it: its connections and all that protects it. */
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { Breaker } from './resilience/breaker.ts';
import { RetryBudget } from './resilience/retry-budget.ts';

/** Connections to one upstream, at most. */
const CONNECTIONS = 128;
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection stays with the pod it was opened to: after this long a new one gives new pods their share. */
const CONNECTION_AGE_MS = 60_000;
const BREAKER = { windowMs: 10_000, minimumVolume: 20, failureRatio: 0.5, openMs: 5_000 };

export interface Upstream {
  name: string;
  pool: Pick<Dispatcher, 'dispatch' | 'close'>;
  breaker: Breaker;
  budget: RetryBudget;
  /** Requests sent and not yet answered whole. */
  inFlight: number;
  maxInFlight: number;
  retries: number;
}

/** @param url only its origin counts */
export function createUpstream(name: string, url: string, maxInFlight: number): Upstream {
  const pool = new Pool(new URL(url).origin, {
    connections: CONNECTIONS, clientTtl: CONNECTION_AGE_MS, connectTimeout: CONNECT_TIMEOUT_MS,
    // The deadline of the whole exchange takes the place of both.
    headersTimeout: 0, bodyTimeout: 0,
  });
  return { name, pool, breaker: new Breaker(BREAKER), budget: new RetryBudget(), inFlight: 0, maxInFlight, retries: 0 };
}
