/**
 * How many requests a tenant may make. Each pod decides by itself, at once, from buckets in its memory; all pods together keep to the
 * limit because each tells Redis ten times a second what it took and learns what is left (`reconcile.ts`).
 *
 * How far they can miss it: between two reconciliations every pod may give away what it last knew to be left. With N pods, a burst of B and
 * A requests arriving at a pod within an interval, at most (N - 1) * min(B, A) requests too many pass once. They are owed: the bucket goes
 * below zero and is refilled before anybody gets more, so over time the rate is kept. Without Redis each pod keeps the whole limit alone.
 */
import { Bucket } from './bucket.ts';
import type { BucketSize } from './bucket.ts';

export type RequestClass = 'read' | 'write';

export interface KeyedBucket {
  key: string;
  bucket: Bucket;
}

/** A bucket that nobody used for this long is full again and forgotten. */
const FORGOTTEN_AFTER_MS = 60_000;
/** Without word from Redis for this long, a pod goes by its own count. */
const ALONE_AFTER_MS = 1_000;

export class TenantLimits {
  readonly sizes: Readonly<Record<RequestClass, BucketSize>>;
  readonly #buckets: Record<RequestClass, Map<string, Bucket>> = { read: new Map(), write: new Map() };
  #agreedAt = Number.NEGATIVE_INFINITY;

  /** @param sizes the burst is what a second brings: who is quiet for a second may send twice as much in the next */
  constructor(perSecond: Readonly<Record<RequestClass, number>>) {
    this.sizes = { read: { perSecond: perSecond.read, burst: perSecond.read }, write: { perSecond: perSecond.write, burst: perSecond.write } };
  }

  /** @param now ms, as `performance.now()` counts; @returns 0 when the request may go on, else ms to wait */
  take(tenantId: string, kind: RequestClass, now: number): number {
    const buckets = this.#buckets[kind];
    let bucket = buckets.get(tenantId);
    if (bucket === undefined) {
      bucket = new Bucket(this.sizes[kind], now);
      buckets.set(tenantId, bucket);
    }
    return bucket.take(now, this.isAlone(now));
  }

  isAlone(now: number): boolean {
    return now - this.#agreedAt > ALONE_AFTER_MS;
  }

  /** Those that the others should hear of, or that may have become fuller meanwhile. */
  toReconcile(now: number): KeyedBucket[] {
    const found: KeyedBucket[] = [];
    for (const [kind, buckets] of Object.entries(this.#buckets)) {
      for (const [tenantId, bucket] of buckets) {
        if (now - bucket.usedAt > FORGOTTEN_AFTER_MS && bucket.unreported === 0) {
          buckets.delete(tenantId);
        } else if (bucket.unreported > 0 || bucket.tokens < bucket.size.burst) {
          found.push({ key: `${tenantId}:${kind}`, bucket });
        }
      }
    }
    return found;
  }

  /** Redis has answered. */
  agreed(now: number): void {
    this.#agreedAt = now;
  }
}
