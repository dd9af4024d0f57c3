/**
 * Answers that are asked for often, kept in Redis: never needed, only faster. Without Redis, or while it is slow, everything is loaded each time.
 *
 * What is kept belongs to a group, such as `rates:<tenant>:<property>`, and is dropped as a group. Each group has a generation, a random word
 * that dropping replaces; a kept answer counts only with the generation that was read before it was loaded. A change that is announced while
 * an answer is being loaded therefore outdates that answer too.
 */
import { randomUUID } from 'node:crypto';
import { Counter } from 'prom-client';
import { createBreaker } from './cache-breaker.ts';
import type { Breaker } from './cache-breaker.ts';
import { connectRedis } from './cache-redis.ts';
import type { RedisStore } from './cache-redis.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface CacheEntry<Value> {
  /** Begins with what is kept, and has the tenant where it is a tenant's: `rates:<tenant>:<property>`. The part before `:` labels the metrics. */
  group: string;
  /** Unique in its group. */
  key: string;
  /** At most a day. A drop that Redis never heard of, because a pod died with it, shows for so long at most. */
  ttlSeconds: number;
  /** What JSON can carry. */
  load: () => Promise<Value>;
}

export interface Cache {
  /** What is kept, or what `load` answers now; its errors are thrown and never kept. Callers at the same time share one load. */
  through: <Value>(entry: CacheEntry<Value>) => Promise<Value>;
  /** From here on nothing is served that was loaded before. Never throws: while Redis is away it is tried again, and this pod loads meanwhile. */
  drop: (group: string) => Promise<void>;
}

export interface CacheOptions {
  /** Its keys begin with it. */
  service: string;
  /** `redis://host:port` of some nodes of the cluster; none: nothing is kept. */
  nodes: readonly string[];
  metrics: Metrics;
  log: Logger;
}

const DAY_SECONDS = 86_400;
/** Outlives everything that was kept under it. */
const GENERATION_SECONDS = 2 * DAY_SECONDS;
const RETRY_DROPS_MS = 500;

export function createCache(options: CacheOptions): Cache & { close: () => Promise<void> } {
  const measures = createMeasures(options.metrics);
  const flights = new Map<string, Promise<unknown>>();
  const breaker = createBreaker();
  const store = options.nodes.length === 0 ? undefined : connectRedis(options.nodes, options.log);
  const drops = createDrops(options.service, store, breaker);

  function share<Value>(name: string, load: () => Promise<Value>): Promise<Value> {
    const flying = flights.get(name);
    if (flying) return flying as Promise<Value>;
    const flight = load().finally(() => flights.delete(name));
    flights.set(name, flight);
    return flight;
  }

  async function through<Value>({ group, key, ttlSeconds, load }: CacheEntry<Value>): Promise<Value> {
    const names = namesOf(options.service, group, key);
    const label = { cache: group.split(':', 1)[0] ?? group };
    const local = drops.count(group);
    const kept = drops.isPending(group) ? undefined : await breaker.run(group, store && (() => store.read(names)));
    if (kept === undefined) {
      measures.misses.inc(label);
      return share(`${names.value} ${local}`, load);
    }
    const [generation, value] = [kept[0] ?? '', kept[1]];
    if (value?.startsWith(`${generation} `) === true) {
      measures.hits.inc(label);
      return JSON.parse(value.slice(generation.length + 1)) as Value;
    }
    measures.misses.inc(label);
    return share(`${names.value} ${local} ${generation}`, async () => {
      const loaded = await load();
      const text = JSON.stringify(loaded) as string | undefined;
      if (store && text !== undefined) {
        // Not waited for: who asked has the answer.
        void breaker.run(group, () => store.write(names.value, `${generation} ${text}`, Math.min(ttlSeconds, DAY_SECONDS)));
      }
      return loaded;
    });
  }

  return {
    through,
    drop: drops.drop,
    async close() {
      drops.close();
      await store?.close();
    },
  };
}

/** The braces make Redis keep both in one slot, where one question reads both. */
function namesOf(service: string, group: string, key: string): { generation: string; value: string } {
  return { generation: `${service}:{${group}}`, value: `${service}:{${group}}:${key}` };
}

interface Drops {
  drop: Cache['drop'];
  /** Redis has not heard of a drop of this group yet. */
  isPending: (group: string) => boolean;
  /** Another number after each drop in this pod. */
  count: (group: string) => number;
  close: () => void;
}

function createDrops(service: string, store: RedisStore | undefined, breaker: Breaker): Drops {
  const pending = new Set<string>();
  let total = 0;
  const tell = async (group: string): Promise<void> => {
    const { generation } = namesOf(service, group, '');
    const told = await breaker.run(group, store && (() => store.write(generation, randomUUID(), GENERATION_SECONDS)));
    if (told !== undefined || !store) pending.delete(group);
  };
  const timer = setInterval(() => void [...pending].map(tell), RETRY_DROPS_MS).unref();
  return {
    async drop(group) {
      total += 1;
      pending.add(group);
      await tell(group);
    },
    isPending: (group) => pending.has(group),
    // One number for all groups: a load that is shared less is only a load more.
    count: () => total,
    close: () => clearInterval(timer),
  };
}

interface Measures {
  hits: Counter<'cache'>;
  misses: Counter<'cache'>;
}

function createMeasures({ registry }: Metrics): Measures {
  const shape = { labelNames: ['cache'] as const, registers: [registry] };
  return {
    hits: new Counter({ name: 'cache_hits_total', help: 'Answers that were kept.', ...shape }),
    misses: new Counter({ name: 'cache_misses_total', help: 'Answers that had to be loaded, also because the cache could not be asked.', ...shape }),
  };
}
