import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCache } from './cache.ts';
import type { Cache } from './cache.ts';
import { createMetrics } from './metrics.ts';
import { startRedisCluster } from './testing/redis.ts';
import type { RunningRedisCluster } from './testing/redis.ts';

const log = pino({ level: 'silent' });
const PATIENCE = { timeout: 30_000, interval: 50 };

let redis: RunningRedisCluster;
let groups = 0;
const open: (() => Promise<void>)[] = [];

function pod(nodes: readonly string[] = redis.urls.slice(0, 3)): { cache: Cache; metrics: ReturnType<typeof createMetrics> } {
  const metrics = createMetrics();
  const cache = createCache({ service: 'trial', nodes, metrics, log });
  open.push(cache.close);
  return { cache, metrics };
}

/** A group that no other test uses. */
const newGroup = (): string => `rates:${(groups += 1)}`;

/** Asks for one key; each load answers with a higher number. */
function counter(group: string, key = 'k'): { ask: (cache: Cache) => Promise<{ load: number }>; loads: () => number } {
  let loads = 0;
  const load = (): Promise<{ load: number }> => Promise.resolve({ load: (loads += 1) });
  return { ask: (cache) => cache.through({ group, key, ttlSeconds: 60, load }), loads: () => loads };
}

/** Until what is asked for twice is loaded once. */
async function untilKept(cache: Cache): Promise<void> {
  await vi.waitFor(async () => {
    const probe = counter(newGroup());
    await probe.ask(cache);
    await sleep(30);
    await probe.ask(cache);
    expect(probe.loads()).toBe(1);
  }, PATIENCE);
}

beforeAll(async () => {
  redis = await startRedisCluster();
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

afterAll(async () => redis.stop());

describe('the cache', () => {
  it('loads once for all pods, and counts', async () => {
    const [one, two] = [pod(), pod()];
    await untilKept(one.cache);
    await untilKept(two.cache);
    const { ask } = counter(newGroup());
    expect(await ask(one.cache)).toEqual({ load: 1 });
    await vi.waitFor(async () => expect(await ask(two.cache)).toEqual({ load: 1 }), PATIENCE);
    expect(await two.metrics.registry.metrics()).toMatch(/cache_hits_total\{cache="rates"\} [1-9]/);
    expect(await one.metrics.registry.metrics()).toMatch(/cache_misses_total\{cache="rates"\} [1-9]/);
  });

  it('lets callers at the same time share one load', async () => {
    const { cache } = pod();
    await untilKept(cache);
    const { ask, loads } = counter(newGroup());
    expect(new Set((await Promise.all(Array.from({ length: 50 }, () => ask(cache)))).map(({ load }) => load))).toEqual(new Set([1]));
    expect(loads()).toBe(1);
  });

  it('drops a group for all pods, and no other', async () => {
    const [one, two] = [pod(), pod()];
    await untilKept(one.cache);
    await untilKept(two.cache);
    const [group, other] = [newGroup(), newGroup()];
    const [first, second, kept] = [counter(group, 'a'), counter(group, 'b'), counter(other)];
    for (const { ask } of [first, second, kept]) await ask(one.cache);
    await sleep(30);
    await one.cache.drop(group);
    expect([await first.ask(two.cache), await second.ask(two.cache), await kept.ask(two.cache)]).toEqual([{ load: 2 }, { load: 2 }, { load: 1 }]);
  });

  it('never keeps what was loaded before a drop, however late the load ends', async () => {
    const [one, two] = [pod(), pod()];
    await untilKept(one.cache);
    await untilKept(two.cache);
    const group = newGroup();
    const ask = (cache: Cache, load: () => Promise<string>): Promise<string> => cache.through({ group, key: 'k', ttlSeconds: 60, load });
    const late = ask(one.cache, async () => {
      await sleep(200);
      return 'old';
    });
    await sleep(50);
    await two.cache.drop(group);
    expect(await ask(one.cache, () => Promise.resolve('new'))).toBe('new');
    expect(await late).toBe('old');
    await sleep(50);
    expect(await ask(two.cache, () => Promise.resolve('newer'))).not.toBe('old');
  });

  it('keeps no errors', async () => {
    const { cache } = pod();
    const group = newGroup();
    await expect(cache.through({ group, key: 'k', ttlSeconds: 60, load: () => Promise.reject(new Error('database away')) })).rejects.toThrow('database away');
    expect(await cache.through({ group, key: 'k', ttlSeconds: 60, load: () => Promise.resolve(1) })).toBe(1);
  });

  it('loads each time without Redis, without waiting', async () => {
    for (const nodes of [[], ['redis://127.0.0.1:1']]) {
      const { cache } = pod(nodes);
      const { ask } = counter(newGroup());
      const start = performance.now();
      expect([await ask(cache), await ask(cache)]).toEqual([{ load: 1 }, { load: 2 }]);
      await cache.drop(newGroup());
      expect(performance.now() - start).toBeLessThan(150);
    }
  });
});

describe('with a node that fails', () => {
  /** All groups that live on the node, with an answer kept for each. */
  async function fill(cache: Cache): Promise<ReturnType<typeof counter>[]> {
    const counters = Array.from({ length: 60 }, () => counter(newGroup()));
    await Promise.all(counters.map(({ ask }) => ask(cache)));
    await sleep(100);
    return counters;
  }

  it('stops asking one that hangs, and asks again when it goes on', async () => {
    const { cache } = pod();
    await untilKept(cache);
    const counters = await fill(cache);
    const [node] = redis.nodes;
    process.kill(node!.pid(), 'SIGSTOP');
    try {
      const times: number[] = [];
      for (let round = 0; round < 8; round += 1) {
        await Promise.all(counters.map(async ({ ask }) => {
          const start = performance.now();
          await ask(cache);
          times.push(performance.now() - start);
        }));
      }
      expect(Math.max(...times)).toBeLessThan(300);
      // Two thirds live on other nodes, and the hanging one is asked a few times at most.
      expect(times.filter((time) => time > 80).length).toBeLessThan(times.length / 4);
    } finally {
      process.kill(node!.pid(), 'SIGCONT');
    }
    await vi.waitFor(async () => {
      const before = counters.map(({ loads }) => loads());
      await Promise.all(counters.map(({ ask }) => ask(cache)));
      expect(counters.map(({ loads }) => loads())).toEqual(before);
    }, PATIENCE);
  });

  it('answers all the time when one is killed, tells a drop late, and caches again with the replica', async () => {
    const { cache } = pod();
    const other = pod();
    await untilKept(cache);
    await untilKept(other.cache);
    const counters = await fill(cache);
    await redis.nodes[1]?.kill();
    const group = newGroup();
    await cache.drop(group);
    await Promise.all(counters.map(({ ask }) => ask(cache)));
    await vi.waitFor(async () => {
      const before = counters.map(({ loads }) => loads());
      await Promise.all(counters.map(({ ask }) => ask(cache)));
      expect(counters.map(({ loads }) => loads())).toEqual(before);
    }, PATIENCE);
    await untilKept(other.cache);
    await redis.nodes[1]?.restart();
  });

  // Last: from here on the cluster asks for it.
  it('gives its password also to the nodes that it learns of', async () => {
    for (const url of redis.urls) {
      const node = createClient({ url });
      await node.connect();
      await node.configSet({ masterauth: 'secret', requirepass: 'secret' });
      node.destroy();
    }
    const { cache } = pod(redis.urls.slice(0, 1).map((url) => url.replace('redis://', 'redis://:secret@')));
    await untilKept(cache);
    const counters = await fill(cache);
    await Promise.all(counters.map(({ ask }) => ask(cache)));
    expect(counters.map(({ loads }) => loads())).toEqual(counters.map(() => 1));
  });
});
