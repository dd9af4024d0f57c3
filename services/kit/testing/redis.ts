/** A real Redis cluster on this machine, for tests and for the sandbox: three primaries with a replica each, on 127.0.0.1 only. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { REDIS_NODES, formRedisCluster } from './redis-cluster.ts';
import type { RedisSeat } from './redis-cluster.ts';
import { spawnStore, waitForStore } from './store-process.ts';
import type { StoreCommand, StoreProcess } from './store-process.ts';

export interface RedisClusterOptions {
  /** Where the data is kept between runs. Left out: a temporary folder, deleted by `stop`. */
  dataDir?: string;
  /** Receives every line that the nodes write. */
  log?: (line: string) => void;
}

export interface RedisNode {
  /** `redis://127.0.0.1:port` */
  url: string;
  /** Process id; another one after `restart`. */
  pid: () => number;
  /** Ends the node at once, as a crash does. Its replica takes over after some 3 s. */
  kill: () => Promise<void>;
  /** Starts it on the same port with the same data; resolves when it answers, which is before the cluster has taken it in again. */
  restart: () => Promise<void>;
}

export interface RunningRedisCluster {
  /** Of all six; the first three are the primaries at the start. */
  urls: string[];
  nodes: RedisNode[];
  /** Ends all and deletes temporary data. */
  stop: () => Promise<void>;
}

const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 10_000;
const TRIES = 3;
const LISTENS = 'Ready to accept connections';

/**
 * Starts six nodes and returns when each of them says `cluster_state:ok` and every replica follows its primary (some 3 s).
 * They end with the process that started them, even when that one is killed.
 * @throws Error when a node does not start, with its last lines, or when the cluster is not formed within a minute
 */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RunningRedisCluster> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tartware-redis-')));
  const nodes: ControlledNode[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map(async (node) => node.end()));
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const ports = await freePorts(2 * REDIS_NODES);
    const seats = Array.from({ length: REDIS_NODES }, (_, index) => ({ dataDir: join(dataDir, String(index)), port: ports[2 * index] ?? 0, busPort: ports[2 * index + 1] ?? 0 }));
    const started = await Promise.allSettled(seats.map(async (seat) => startNode(seat, options.log)));
    nodes.push(...started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    await formRedisCluster(nodes.map(({ seat }) => seat));
    return { urls: nodes.map(({ url }) => url), nodes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ControlledNode extends RedisNode {
  seat: RedisSeat;
  end: () => Promise<void>;
}

/** Somebody else may take a free port before Redis does: then it is tried with others. */
async function startNode(wanted: RedisSeat, log: RedisClusterOptions['log']): Promise<ControlledNode> {
  let seat = wanted;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return controls(seat, await launch(seat, log), log);
    } catch (error) {
      if (attempt === TRIES || !/Address already in use/.test(String(error))) throw error;
      const [port = 0, busPort = 0] = await freePorts(2);
      seat = { ...seat, port, busPort };
    }
  }
}

function controls(seat: RedisSeat, first: StoreProcess, log: RedisClusterOptions['log']): ControlledNode {
  let node = first;
  return {
    seat,
    url: `redis://127.0.0.1:${seat.port}`,
    pid: () => node.pid,
    kill: async () => node.kill(),
    restart: async () => {
      await node.end(STOP_WITHIN_MS);
      node = await launch(seat, log);
    },
    end: async () => node.end(STOP_WITHIN_MS),
  };
}

async function launch(seat: RedisSeat, log: RedisClusterOptions['log']): Promise<StoreProcess> {
  await mkdir(seat.dataDir, { recursive: true });
  const node = spawnStore(redisCommand(seat), log);
  try {
    await waitForStore('Redis', [node], async () => node.lines.some((line) => line.includes(LISTENS)), READY_WITHIN_MS);
    return node;
  } catch (error) {
    await node.kill();
    throw error;
  }
}

/** What runs one node. Its folder has to be there. */
export function redisCommand({ dataDir, port, busPort }: RedisSeat): StoreCommand {
  const settings: Record<string, string> = {
    'port': String(port),
    'bind': '127.0.0.1',
    'dir': dataDir,
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
    'cluster-config-file': 'nodes.conf',
    // A replica takes over after about this many ms; on two busy cores less would take a slow node for a dead one.
    'cluster-node-timeout': '3000',
    'appendonly': 'yes',
    'save': '',
    // A replica need not wait 5 s for others that might want to copy from the same primary.
    'repl-diskless-sync-delay': '0',
    // What is kept here are caches and counters of rates.
    'maxmemory': '64mb',
    'maxmemory-policy': 'allkeys-lru',
  };
  return { file: 'redis-server', args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]) };
}
