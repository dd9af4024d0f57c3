import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts, isRedisClusterWhole } from '@tartware/kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portsWith } from '../ports.ts';
import { DATA_STORE_STEPS } from '../steps/data-stores.ts';
import type { Context } from '../supervisor/part.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { DATA_STORES, redisSeats } from './data-stores.ts';

describe('the data stores of the sandbox', () => {
  const state = mkdtempSync(join(tmpdir(), 'tartware-sandbox-'));
  let context: Context;
  let supervisor: Supervisor;

  async function start(): Promise<void> {
    supervisor = new Supervisor([...DATA_STORES, ...DATA_STORE_STEPS], context);
    await supervisor.start();
  }

  beforeAll(async () => {
    const names = DATA_STORES.flatMap(({ ports }) => [...ports]);
    const free = await freePorts(names.length);
    context = { address: '127.0.0.1', ports: portsWith(names.map((name, index) => `${name}=${free[index]}`)), bin: '', state: (...segments) => join(state, ...segments), values: 'live' };
    await start();
  });
  afterAll(async () => {
    await supervisor.stop();
    rmSync(state, { recursive: true, force: true });
  });

  async function clickHouse(query: string): Promise<string> {
    return (await fetch(`http://127.0.0.1:${context.ports.clickhouse}/`, { method: 'POST', body: query })).text();
  }

  it('are all up, the six Redis nodes as one cluster', async () => {
    expect(supervisor.status().map(({ name, state: is }) => `${name} ${is}`).sort()).toEqual([
      'clickhouse ready', 'kafka ready', 'kafka-data done', 'postgres ready',
      'redis-1 ready', 'redis-2 ready', 'redis-3 ready', 'redis-4 ready', 'redis-5 ready', 'redis-6 ready', 'redis-cluster done',
    ]);
    expect(await isRedisClusterWhole(redisSeats(context))).toBe(true);
  });

  it('are stopped and started one by one', async () => {
    await supervisor.stopPart('redis-2');
    await expect.poll(async () => isRedisClusterWhole(redisSeats(context)).catch(() => false)).toBe(false);
    await supervisor.startPart('redis-2');
    await expect.poll(async () => isRedisClusterWhole(redisSeats(context)).catch(() => false), { timeout: 30_000 }).toBe(true);
    await supervisor.stopPart('kafka');
    await supervisor.startPart('kafka');
  });

  it('keep their data from one start to the next', async () => {
    await clickHouse('create table kept engine = MergeTree order by n as select 7 as n');
    await supervisor.stop();
    await start();
    expect(await clickHouse('select n from kept')).toBe('7\n');
    expect(await isRedisClusterWhole(redisSeats(context))).toBe(true);
  });
});
