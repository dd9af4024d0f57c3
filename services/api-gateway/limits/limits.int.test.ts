/** Limits that several pods keep together, against a real Redis cluster of six: how exact they are, and what happens while Redis is away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedisCluster } from '@tartware/kit/testing';
import type { RunningRedisCluster } from '@tartware/kit/testing';
import { DOWN, exchange, head, startGateway } from '../testing/raw.ts';
import { Reconciler } from './reconcile.ts';
import { connectRedis } from './redis.ts';
import type { RedisScripts } from './redis.ts';
import { SignInLimit } from './sign-in-limit.ts';
import { TenantLimits } from './tenant-limits.ts';

const log = pino({ level: 'silent' });

interface Pod {
  limits: TenantLimits;
  reconciler: Reconciler;
  redis: RedisScripts;
}

let cluster: RunningRedisCluster;
const pods: Pod[] = [];

function startPod(perSecond: number): Pod {
  const limits = new TenantLimits({ read: perSecond, write: perSecond });
  const redis = connectRedis(cluster.urls, log);
  const pod = { limits, redis, reconciler: new Reconciler(limits, redis) };
  pods.push(pod);
  return pod;
}

async function together(of: readonly Pod[]): Promise<void> {
  await expect.poll(() => of.map(({ reconciler }) => reconciler.failure), { timeout: 30_000 }).toEqual(of.map(() => undefined));
}

/** @returns requests let through while each pod is asked `perSecond` times a second */
async function load(of: readonly Pod[], tenant: string, perSecond: number, ms: number): Promise<number> {
  const end = performance.now() + ms;
  let passed = 0;
  let asked = 0;
  const start = performance.now();
  while (performance.now() < end) {
    const due = ((performance.now() - start) / 1_000) * perSecond;
    for (; asked < due; asked++) {
      passed += of.filter(({ limits }) => limits.take(tenant, 'read', performance.now()) === 0).length;
    }
    await sleep(2);
  }
  return passed;
}

beforeAll(async () => {
  cluster = await startRedisCluster();
});

afterAll(async () => {
  pods.forEach(({ reconciler }) => reconciler.close());
  await Promise.all(pods.map(({ redis }) => redis.close()));
  await cluster.stop();
});

describe('four pods under one limit', () => {
  it('let through what one may, within the error that is written down', async () => {
    const four = Array.from({ length: 4 }, () => startPod(200));
    await together(four);
    const passed = await load(four, 'tenant-a', 200, 4_000);
    // 200 a second for four seconds and a burst of 200 at first; three other pods may each give away once what an interval brings there.
    const allowed = 200 * 4 + 200;
    expect(passed).toBeGreaterThan(allowed * 0.85);
    expect(passed).toBeLessThanOrEqual(allowed + 3 * Math.min(200, 200 * 0.2));
  });

  it('give a pod that is asked alone all of it', async () => {
    const four = pods.slice(0, 4);
    const passed = await load(four.slice(0, 1), 'tenant-b', 600, 2_000);
    expect(passed).toBeGreaterThan(600 * 0.85);
    expect(passed).toBeLessThanOrEqual(600 + 20);
  });

  it('know of each other’s requests', async () => {
    const [one, other] = pods;
    for (let i = 0; i < 200; i++) {
      one?.limits.take('tenant-c', 'read', performance.now());
    }
    other?.limits.take('tenant-c', 'read', performance.now());
    await sleep(250);
    expect(other?.limits.take('tenant-c', 'write', performance.now())).toBe(0);
    const left = Array.from({ length: 300 }, () => other?.limits.take('tenant-c', 'read', performance.now())).filter((wait) => wait === 0).length;
    expect(left).toBeLessThan(100);
  });
});

describe('attempts to sign in', () => {
  const body = (email: string): Buffer => Buffer.from(JSON.stringify({ email, password: 'x' }));
  const limitOf = (redis: RedisScripts | undefined): SignInLimit => new SignInLimit({ attempts: 10, windowMs: 60_000, redis });

  async function passedOf(limits: readonly SignInLimit[], address: string, email: string, each: number): Promise<number> {
    const all = limits.flatMap((limit) => Array.from({ length: each }, () => limit.take(address, body(email))));
    return (await Promise.all(all)).filter((refusal) => refusal === undefined).length;
  }

  it('are counted exactly over all pods, by address and e-mail', async () => {
    const three = pods.slice(0, 3).map(({ redis }) => limitOf(redis));
    expect(await passedOf(three, '203.0.113.1', 'a@example.com', 20)).toBe(10);
    expect(await passedOf(three, '203.0.113.1', ' A@Example.com ', 1)).toBe(0);
    expect(await passedOf(three, '203.0.113.2', 'a@example.com', 20)).toBe(10);
    expect(await passedOf(three, '203.0.113.1', 'b@example.com', 20)).toBe(10);
  });

  it('say when to come back', async () => {
    const [pod] = pods;
    const limit = limitOf(pod?.redis);
    await passedOf([limit], '203.0.113.3', 'c@example.com', 10);
    const refusal = await limit.take('203.0.113.3', body('c@example.com'));
    expect(refusal).toMatchObject({ quota: 10, windowSeconds: 60 });
    expect(refusal?.retryAfterMs).toBeGreaterThan(55_000);
  });

  it('are counted by each pod alone without Redis', async () => {
    const dead = connectRedis(['redis://127.0.0.1:1'], log);
    expect(await passedOf([limitOf(dead), limitOf(undefined)], '203.0.113.4', 'd@example.com', 20)).toBe(20);
    await dead.close();
  });

  it.each(['', 'no json', '[]', '{"email":7}', '{"email":"x"'])('with a body like %j are counted by address', async (text) => {
    const limit = limitOf(undefined);
    const refusals = await Promise.all(Array.from({ length: 12 }, () => limit.take('203.0.113.5', Buffer.from(text))));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(10);
  });
});

describe('a whole gateway', () => {
  it('answers 429 with when and how much, and counts it', async () => {
    const service = await startGateway(DOWN, { REDIS_URLS: cluster.urls.join(','), TENANT_WRITES_PER_SECOND: '2', SIGN_IN_ATTEMPTS: '1' });
    const write = (): Promise<string> => exchange(service.url, head('DELETE /v1/rooms/1'), /\}$/);
    const answers = [await write(), await write(), await write()];
    expect(answers.map((text) => /HTTP\/1\.1 (\d+)/.exec(text)?.[1])).toEqual(['503', '503', '429']);
    expect(answers[2]).toMatch(/retry-after: 1\r\n/);
    expect(answers[2]).toMatch(/ratelimit-policy: "tenant-writes";q=2;w=1\r\nratelimit: "tenant-writes";r=0;t=1\r\n/);
    const signIn = (): Promise<Response> => fetch(`${service.url}/v1/auth/sign-in?x`, { method: 'POST', body: JSON.stringify({ email: 'e@example.com' }) });
    expect([(await signIn()).status, (await signIn()).status]).toEqual([200, 429]);
    const text = await (await fetch(`${service.opsUrl}/metrics`)).text();
    expect(text).toContain('gateway_turned_away_total{reason="write"} 1');
    expect(text).toContain('gateway_turned_away_total{reason="sign-in"} 1');
    await service.close();
  });

  it('is ready without Redis and says that it is degraded', async () => {
    const service = await startGateway(DOWN, { REDIS_URLS: 'redis://127.0.0.1:1' });
    await sleep(300);
    const ready = await fetch(`${service.opsUrl}/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { checks: [{ ok: true }, { name: 'redis', ok: false, optional: true, reason: expect.stringContaining('degraded') }] }]);
    expect(await (await fetch(`${service.opsUrl}/metrics`)).text()).toContain('gateway_limits_shared 0');
    await service.close();
  });
});

describe('a Redis that goes away', () => {
  it('in part is missed for seconds only', async () => {
    const two = pods.slice(0, 2);
    await cluster.nodes[0]?.kill();
    // Each pod gives the whole limit meanwhile, and no more.
    await load(two, 'tenant-d', 300, 1_500);
    await together(two);
    await cluster.nodes[0]?.restart();
  }, 60_000);

  it('altogether leaves each pod with the limit for itself, and is taken up again when it is back', async () => {
    const two = pods.slice(0, 2);
    await together(two);
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await expect.poll(() => two.every(({ reconciler, limits }) => reconciler.failure !== undefined && limits.isAlone(performance.now())), { timeout: 10_000 }).toBe(true);
    const passed = await load(two, 'tenant-e', 300, 1_000);
    expect(passed).toBeGreaterThan(2 * 300 * 0.9);
    expect(passed).toBeLessThanOrEqual(2 * (200 + 210));
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await together(two);
  }, 90_000);
});
