/** The Redis cluster as the cache uses it: connected in the background for as long as it takes, and a question either works now or fails now. */
import type { RedisClusterType } from 'redis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './log.ts';
import { redisNodeDefaults } from './redis-nodes.ts';

export interface RedisStore {
  /** Both at once; null where nothing is kept. Rejects at once without a connection. */
  read: (names: { generation: string; value: string }) => Promise<[string | null, string | null]>;
  write: (name: string, value: string, seconds: number) => Promise<'written'>;
  close: () => Promise<void>;
}

const CONNECT_TIMEOUT_MS = 1_000;
const RETRY_MS = 1_000;
/** A primary that is gone is given up for its replica so soon after its connection broke. */
const TOPOLOGY_REFRESH_MS = 500;

/** @param nodes `redis://host:port` of some nodes; the others are found through them */
export function connectRedis(nodes: readonly string[], log: Logger): RedisStore {
  const stop = new AbortController();
  let client: RedisClusterType | undefined;
  const connecting = connect();

  async function connect(): Promise<void> {
    // Loaded here: a service without Redis does not need it.
    const { createCluster } = await import('redis');
    const { tls, ...credentials } = redisNodeDefaults(nodes);
    for (let told = false; !stop.signal.aborted;) {
      const fresh = createCluster({
        rootNodes: nodes.map((url) => ({ url })),
        defaults: {
          ...credentials,
          disableOfflineQueue: true,
          socket: { tls, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: (retries: number) => Math.min(50 * 2 ** retries, RETRY_MS) },
        },
        topologyRefreshOnReconnectionAttemptStrategy: TOPOLOGY_REFRESH_MS,
      });
      fresh.on('error', (err: unknown) => log.debug({ err }, 'a connection to Redis broke'));
      fresh.on('node-error', (err: unknown) => log.debug({ err }, 'a connection to a node of Redis broke'));
      try {
        await fresh.connect();
        client = fresh as RedisClusterType;
        return;
      } catch (err) {
        fresh.destroy();
        if (!told) log.warn({ err }, 'Redis cannot be reached: nothing is cached until it can');
        told = true;
        await sleep(RETRY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  }

  function connected(): RedisClusterType {
    if (!client) throw new Error('not connected to Redis yet');
    return client;
  }

  return {
    async read({ generation, value }) {
      const [first = null, second = null] = await connected().mGet([generation, value]);
      return [first, second];
    },
    async write(name, value, seconds) {
      await connected().set(name, value, { expiration: { type: 'EX', value: seconds } });
      return 'written';
    },
    async close() {
      stop.abort();
      await connecting;
      client?.destroy();
    },
  };
}
