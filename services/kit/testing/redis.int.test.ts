import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, createCluster } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { idsAfterKillOfStarter, isAlive } from './left-behind.ts';
import { startRedisCluster } from './redis.ts';
import type { RunningRedisCluster } from './redis.ts';

const KEYS = Array.from({ length: 30 }, (_, index) => `key-${index}`);

/** Without waiting for a node that is gone: a command either works now or fails now. */
function clusterClient(urls: readonly string[]) {
  return createCluster({ rootNodes: urls.map((url) => ({ url })), defaults: { disableOfflineQueue: true, socket: { reconnectStrategy: false, connectTimeout: 1_000 } } });
}

async function withClient<T>(urls: readonly string[], work: (client: ReturnType<typeof clusterClient>) => Promise<T>): Promise<T> {
  const client = clusterClient(urls);
  // What fails is seen by the command that waits for it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

async function ask(url: string, ...command: string[]): Promise<string> {
  const client = createClient({ url });
  await client.connect();
  try {
    return String(await client.sendCommand(command));
  } finally {
    client.destroy();
  }
}

async function setAll(urls: readonly string[]): Promise<void> {
  await withClient(urls, async (client) => Promise.all(KEYS.map(async (key) => client.set(key, key.toUpperCase()))));
}

async function getAll(urls: readonly string[]): Promise<(string | null)[]> {
  return withClient(urls, async (client) => Promise.all(KEYS.map(async (key) => client.get(key))));
}

describe('startRedisCluster', () => {
  let redis: RunningRedisCluster;
  const folders: string[] = [];

  beforeAll(async () => {
    redis = await startRedisCluster();
  });
  afterAll(async () => redis.stop());
  afterEach(async () => {
    await Promise.all(folders.splice(0).map(async (folder) => rm(folder, { recursive: true, force: true })));
  });

  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tartware-test-'));
    folders.push(folder);
    return folder;
  }

  it('is whole when it says so: six nodes, all well, three primaries with a replica each', async () => {
    const infos = await Promise.all(redis.urls.map(async (url) => ask(url, 'cluster', 'info')));
    expect(infos.map((info) => /cluster_state:ok[^]*cluster_known_nodes:6[^]*cluster_size:3/.test(info))).toEqual(Array.from({ length: 6 }, () => true));
    const roles = await Promise.all(redis.urls.map(async (url) => ask(url, 'info', 'replication')));
    expect(roles.map((text) => /role:(\w+)/.exec(text)?.[1])).toEqual(['master', 'master', 'master', 'slave', 'slave', 'slave']);
  });

  it('spreads keys over its primaries and finds them again', async () => {
    await setAll(redis.urls);
    expect(await getAll(redis.urls)).toEqual(KEYS.map((key) => key.toUpperCase()));
    const sizes = await Promise.all(redis.urls.slice(0, 3).map(async (url) => Number(await ask(url, 'dbsize'))));
    expect(sizes.every((size) => size > 0)).toBe(true);
  });

  it('goes on without a killed primary, and takes it in again', async () => {
    await setAll(redis.urls);
    const [first] = redis.nodes;
    await first?.kill();
    const others = redis.urls.slice(1);
    await expect.poll(async () => getAll(others).catch(() => []), { timeout: 20_000, interval: 200 }).toEqual(KEYS.map((key) => key.toUpperCase()));
    await first?.restart();
    await expect.poll(async () => ask(redis.urls[0] ?? '', 'info', 'replication'), { timeout: 20_000, interval: 200 }).toMatch(/role:slave[^]*master_link_status:up/);
  });

  it('keeps data between runs in a folder that was named, also on other ports', async () => {
    const dataDir = await newFolder();
    const before = await startRedisCluster({ dataDir });
    await setAll(before.urls);
    await before.stop();
    await expect(access(dataDir)).resolves.toBeUndefined();
    const after = await startRedisCluster({ dataDir });
    expect(after.urls).not.toEqual(before.urls);
    const values = await getAll(after.urls);
    await after.stop();
    expect(values).toEqual(KEYS.map((key) => key.toUpperCase()));
  });

  it('forms a cluster whose first forming was cut off', async () => {
    const dataDir = await newFolder();
    const before = await startRedisCluster({ dataDir });
    await Promise.all(before.urls.map(async (url) => ask(url, 'cluster', 'reset', 'hard')));
    await Promise.all(before.urls.map(async (url, index) => ask(url, 'cluster', 'set-config-epoch', String(index + 1))));
    await ask(before.urls[0] ?? '', 'cluster', 'addslotsrange', '0', '99');
    await before.stop();
    const after = await startRedisCluster({ dataDir });
    const roles = await Promise.all(after.urls.map(async (url) => ask(url, 'info', 'replication')));
    await after.stop();
    expect(roles.map((text) => /role:(\w+)/.exec(text)?.[1])).toEqual(['master', 'master', 'master', 'slave', 'slave', 'slave']);
  });

  it.runIf(process.platform === 'linux')('leaves no node behind when its starter is killed', async () => {
    const pids = await idsAfterKillOfStarter(
      'const { startRedisCluster } = await import(process.argv[1]); const redis = await startRedisCluster({ dataDir: process.argv[2] }); console.log(redis.nodes.map((node) => node.pid()).join(" "))',
      new URL('./redis.ts', import.meta.url).href,
      await newFolder(),
    );
    expect(pids).toHaveLength(6);
    await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  });
});
