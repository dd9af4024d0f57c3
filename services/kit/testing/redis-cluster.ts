/** Makes one cluster of six Redis processes: three primaries, each with a replica. May be run again on a cluster that exists, also after its ports changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runToEnd } from './store-process.ts';

/** Where one node of the cluster sits on 127.0.0.1. */
export interface RedisSeat {
  dataDir: string;
  port: number;
  /** Port on which the nodes talk to each other. */
  busPort: number;
}

export const REDIS_NODES = 6;
const PRIMARIES = 3;
const SLOTS = 16_384;
const FORMED_WITHIN_MS = 60_000;
const POLL_MS = 100;

type Ask = (...command: string[]) => Promise<string>;

function askOf({ port }: Pick<RedisSeat, 'port'>): Ask {
  return async (...command) => {
    const answer = (await runToEnd('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...command])).trim();
    // redis-cli ends well when Redis refused a command.
    if (/^(ERR|LOADING|CLUSTERDOWN|MASTERDOWN) /.test(answer)) throw new Error(`Redis on port ${port} answered ${command.join(' ')} with ${answer}`);
    return answer;
  };
}

async function until(what: string, holds: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<void> {
  const deadline = Date.now() + FORMED_WITHIN_MS;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`The Redis cluster is not formed after ${FORMED_WITHIN_MS / 1000} s: ${what}`);
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

/**
 * Introduces the nodes to each other, gives the first three the slots when nobody has them, and the last three their primaries.
 * @param seats of six running nodes, always in the same order
 * @param signal ends the waiting early
 * @throws Error when the cluster is not whole within a minute
 */
export async function formRedisCluster(seats: readonly RedisSeat[], signal?: AbortSignal): Promise<void> {
  const asks = seats.map(askOf);
  const [first] = asks;
  if (first === undefined || seats.length !== REDIS_NODES) throw new Error(`A cluster here has ${REDIS_NODES} nodes, not ${seats.length}.`);
  const known = Number(infoField(await first('cluster', 'info'), 'cluster_known_nodes'));
  const isNew = known === 1;
  if (isNew) await shareOut(asks);
  // In a cluster that was there before, any node may know the others by ports that they no longer have.
  await Promise.all((isNew ? [first] : asks).map(async (ask) => meetAll(ask, seats)));
  if (isNew) await giveReplicas(asks, signal);
  await until('not every node says cluster_state:ok', async () => isRedisClusterWhole(seats), signal);
}

/** A node that meets itself, or one that it knows, takes no harm. */
async function meetAll(ask: Ask, seats: readonly RedisSeat[]): Promise<void> {
  for (const { port, busPort } of seats) await ask('cluster', 'meet', '127.0.0.1', String(port), String(busPort));
}

/**
 * Own epochs first, as redis-cli does: equal ones would have to be settled between the nodes later. Before that the nodes forget what an
 * earlier try left that was cut off: an epoch is given once. A node that holds data refuses to forget.
 */
async function shareOut(asks: readonly Ask[]): Promise<void> {
  await Promise.all(asks.map(async (ask) => ask('cluster', 'reset', 'hard')));
  await Promise.all(asks.map(async (ask, index) => ask('cluster', 'set-config-epoch', String(index + 1))));
  await Promise.all(asks.slice(0, PRIMARIES).map(async (ask, index) => {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / PRIMARIES));
    await ask('cluster', 'addslotsrange', String(from), String(Number(to) - 1));
  }));
}

async function giveReplicas(asks: readonly Ask[], signal: AbortSignal | undefined): Promise<void> {
  const ids = await Promise.all(asks.slice(0, PRIMARIES).map(async (ask) => ask('cluster', 'myid')));
  await Promise.all(asks.slice(PRIMARIES).map(async (ask, index) => {
    const primary = ids[index] ?? '';
    await until('a replica does not know its primary', async () => (await ask('cluster', 'nodes')).includes(primary), signal);
    await until('a replica does not take its primary', async () => (await ask('cluster', 'replicate', primary)) === 'OK', signal);
  }));
}

/** Whether every node sees all slots served, and every replica follows its primary. */
export async function isRedisClusterWhole(seats: readonly Pick<RedisSeat, 'port'>[]): Promise<boolean> {
  const views = await Promise.all(seats.map(async (seat) => {
    const ask = askOf(seat);
    const [cluster, replication] = await Promise.all([ask('cluster', 'info'), ask('info', 'replication')]);
    const follows = infoField(replication, 'role') === 'master' || infoField(replication, 'master_link_status') === 'up';
    return follows && infoField(cluster, 'cluster_state') === 'ok' && infoField(cluster, 'cluster_known_nodes') === String(REDIS_NODES);
  }));
  return views.every(Boolean);
}

/** Whether Redis answers on this port of 127.0.0.1. */
export async function redisAnswers(port: number): Promise<boolean> {
  return (await askOf({ port })('ping')) === 'PONG';
}

function infoField(text: string, name: string): string | undefined {
  return text.split(/\r?\n/).find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
}
