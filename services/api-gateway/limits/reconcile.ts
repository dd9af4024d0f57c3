/** Brings the buckets of all pods together in Redis, ten times a second, one call for each part of the cluster that tenants fall into. */
import type { RedisScripts } from './redis.ts';
import type { KeyedBucket, TenantLimits } from './tenant-limits.ts';

const EVERY_MS = 100;
const TIMEOUT_MS = 500;
/** Tenants are dealt out to this many hash tags: enough to spread over the cluster, few enough to be few calls. */
const SHARDS = 16;

/**
 * KEYS: buckets of one hash tag. ARGV: for each of them tokens per second, burst, tokens taken.
 * Redis' own clock fills them, so that the pods' clocks do not matter. Returns what is left in each, in thousandths.
 */
const SCRIPT = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local left = {}
for i, key in ipairs(KEYS) do
  local perSecond, burst, taken = tonumber(ARGV[i * 3 - 2]), tonumber(ARGV[i * 3 - 1]), tonumber(ARGV[i * 3])
  local kept = redis.call('HMGET', key, 'tokens', 'at')
  local tokens = tonumber(kept[1] or burst)
  tokens = math.min(burst, tokens + math.max(0, now - tonumber(kept[2] or now)) * perSecond / 1000)
  tokens = math.max(-burst, tokens - taken)
  redis.call('HSET', key, 'tokens', string.format('%.3f', tokens), 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', key, math.ceil((burst - tokens) / perSecond * 1000) + 1000)
  left[i] = math.floor(tokens * 1000)
end
return left`;

export class Reconciler {
  readonly #limits: TenantLimits;
  readonly #redis: RedisScripts;
  readonly #timer: NodeJS.Timeout;
  #running = false;
  /** Why the last one failed; undefined when it did not. */
  failure: string | undefined = 'it has not answered yet';
  failures = 0;

  constructor(limits: TenantLimits, redis: RedisScripts) {
    this.#limits = limits;
    this.#redis = redis;
    this.#timer = setInterval(() => void this.#tick(), EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Also the heartbeat: with nothing to tell, Redis is asked all the same. */
  async #tick(): Promise<void> {
    if (this.#running) {
      return;
    }
    this.#running = true;
    try {
      const shards = byShard(this.#limits.toReconcile(performance.now()));
      if (shards.size === 0) {
        shards.set(0, []);
      }
      await Promise.all([...shards].map(([shard, buckets]) => this.#reconcile(shard, buckets)));
      this.#limits.agreed(performance.now());
      this.failure = undefined;
    } catch (error) {
      this.failures += 1;
      this.failure = error instanceof Error ? error.message : String(error);
    } finally {
      this.#running = false;
    }
  }

  async #reconcile(shard: number, entries: readonly KeyedBucket[]): Promise<void> {
    const taken = entries.map(({ bucket }) => bucket.report());
    const args = entries.flatMap(({ bucket }, index) => [bucket.size.perSecond, bucket.size.burst, taken[index] ?? 0].map(String));
    const keys = entries.map(({ key }) => `tartware:rate:{${shard}}:${key}`);
    try {
      const left = await this.#redis.run(SCRIPT, keys, args, TIMEOUT_MS);
      entries.forEach(({ bucket }, index) => bucket.agree(Number(Array.isArray(left) ? left[index] : 0) / 1_000));
    } catch (error) {
      // What Redis did with it is not known; told twice is the safer mistake, and small.
      entries.forEach(({ bucket }, index) => bucket.restore(taken[index] ?? 0));
      throw error;
    }
  }
}

function byShard(entries: readonly KeyedBucket[]): Map<number, KeyedBucket[]> {
  const shards = new Map<number, KeyedBucket[]>();
  for (const entry of entries) {
    const shard = shardOf(entry.key);
    const others = shards.get(shard);
    if (others) {
      others.push(entry);
    } else {
      shards.set(shard, [entry]);
    }
  }
  return shards;
}

function shardOf(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) {
    hash = (hash * 31 + key.charCodeAt(i)) | 0;
  }
  return Math.abs(hash) % SHARDS;
}
