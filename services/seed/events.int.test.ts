import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO, startPlatform } from '../tests/platform.ts';
import type { Platform, ServiceName } from '../tests/platform.ts';
import { check } from './check.ts';
import { seed } from './seed.ts';

const SERVICES: readonly ServiceName[] = ['core', 'rooms', 'guests', 'reservations', 'billing', 'housekeeping', 'settings'];

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(SERVICES, { events: true });
});

afterAll(() => platform.stop());

/** Sum of a metric over all services and labels that hold `text`. */
async function metric(name: string, text = ''): Promise<number> {
  const pages = await Promise.all(SERVICES.map(async (service) => (await fetch(`${platform.opsUrls[service]}/metrics`)).text()));
  return pages.flatMap((page) => page.split('\n')).filter((line) => line.startsWith(name) && line.includes(text)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function until(true_: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300 && !(await true_()); tries += 1) await sleep(200);
  expect(await true_()).toBe(true);
}

it('the events of seeded hotels pass through all services and change nothing', async () => {
  await seed({ databaseUrl: platform.postgres.url, tenantId: DEMO.id, properties: 1, reservationsPerProperty: 100, seed: 42 });
  const tasks = await platform.sql('select id, version from housekeeping.tasks order by id');
  await until(async () => Object.keys((await check(platform.postgres.url)).waiting).length === 0);
  let consumed = -1;
  await until(async () => {
    const before = consumed;
    consumed = await metric('events_consumed_total');
    await sleep(1_500);
    return consumed > 0 && consumed === before;
  });
  expect(await metric('events_consumed_total', 'outcome="dead"')).toBe(0);
  expect(await platform.sql('select id, version from housekeeping.tasks order by id')).toEqual(tasks);
  const { violations, waiting } = await check(platform.postgres.url);
  expect(violations).toEqual([]);
  expect(waiting).toEqual({});
});

it('and life goes on in them', async () => {
  const api = platform.api(DEMO, 'operator');
  const { body: { items: [arriving] } } = await api.get<{ items: { id: string; property_id: string; version: number }[] }>('/v1/reservations?status=confirmed&limit=1');
  const cancelled = await api.post(`/v1/reservations/${arriving?.id}/cancel`, {}, { version: arriving?.version ?? 0 });
  expect(cancelled.status).toBe(200);
  await until(async () => (await check(platform.postgres.url)).violations.length === 0);
});
