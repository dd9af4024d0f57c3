/** The Redis cluster, for scripts only. Comes and goes as it likes: the gateway never waits for it to start, and for no longer than it says afterwards. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@tartware/kit';
import { redisNodeDefaults } from '@tartware/kit/redis-nodes';

/** Replies of a script: whole numbers and texts. */
export type Reply = number | string | null | Reply[];

export interface RedisScripts {
  /** @throws Error when there is no answer within `timeoutMs` */
  run: (script: string, keys: string[], args: string[], timeoutMs: number) => Promise<Reply>;
  close: () => Promise<void>;
}

interface Client {
  eval: (script: string, options: { keys: string[]; arguments: string[] }) => Promise<unknown>;
  destroy: () => void;
}

const CONNECT_AGAIN_AFTER_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;
const RECONNECT_AFTER_MS = 200;
/** A primary that is gone is given up for its replica so soon after its connection broke. */
const TOPOLOGY_REFRESH_MS = 500;

/** @param urls of some nodes; the others are learned from them */
export function connectRedis(urls: readonly string[], log: Logger): RedisScripts {
  let client: Client | undefined;
  let closed = false;
  let told = false;

  async function connect(): Promise<void> {
    // Loaded only where there is a Redis: it takes memory and time to start.
    const { createCluster } = await import('@redis/client');
    const { tls, ...credentials } = redisNodeDefaults(urls);
    while (!closed) {
      const cluster = createCluster({
        rootNodes: urls.map((url) => ({ url })),
        defaults: { ...credentials, disableOfflineQueue: true, socket: { tls, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: RECONNECT_AFTER_MS } },
        topologyRefreshOnReconnectionAttemptStrategy: TOPOLOGY_REFRESH_MS,
      });
      cluster.on('error', (error: unknown) => tell(error));
      try {
        await cluster.connect();
        client = cluster;
        break;
      } catch (error) {
        tell(error);
        cluster.destroy();
        await sleep(CONNECT_AGAIN_AFTER_MS, undefined, { ref: false });
      }
    }
    if (closed) {
      client?.destroy();
    }
  }

  /** Once for each time that it goes away. */
  function tell(error: unknown): void {
    if (!told && !closed) {
      told = true;
      log.warn({ err: error }, 'Redis cannot be used: limits are kept by each pod alone');
    }
  }

  const connected = connect();
  return {
    async run(script, keys, args, timeoutMs) {
      if (!client) {
        throw new Error('Redis is not connected yet.');
      }
      const reply = await within(client.eval(script, { keys, arguments: args }), timeoutMs);
      told = false;
      return reply as Reply;
    },
    async close() {
      closed = true;
      client?.destroy();
      await Promise.race([connected, sleep(CONNECT_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

async function within<Result>(promise: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms.`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
