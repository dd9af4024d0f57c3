import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO, startPlatform } from '../tests/platform.ts';
import type { Platform, ServiceName } from '../tests/platform.ts';
import { check } from './check.ts';
import { seed } from './seed.ts';

interface Stay {
  id: string;
  version: number;
  property_id: string;
  departure: string;
}

interface Folio {
  id: string;
  balance_minor: number;
  currency: string;
}

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
  await seed({ databaseUrl: platform.postgres.url, tenantId: DEMO.id, properties: 1, reservationsPerProperty: 300, seed: 42 });
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

it('and life goes on in them: who is due leaves, and the night is audited', async () => {
  const api = platform.api(DEMO, 'operator');
  const { body: { items } } = await api.get<{ items: Stay[] }>('/v1/reservations?status=in_house&limit=200');
  const { body: { business_date } } = await api.get<{ business_date: string }>(`/v1/properties/${items[0]?.property_id}`);
  for (const { id, version } of items.filter(({ departure }) => departure === business_date)) {
    const { body: { items: [folio] } } = await api.get<{ items: Folio[] }>(`/v1/billing/folios?reservation_id=${id}&kind=guest`);
    const { id: folioId, balance_minor: amount_minor = 0, currency } = folio ?? {};
    if (amount_minor > 0) expect((await api.post(`/v1/billing/folios/${folioId}/payments`, { method: 'card', amount_minor, currency }, { key: `pay-${id}` })).status).toBe(201);
    expect((await api.post(`/v1/reservations/${id}/check-out`, {}, { version })).status).toBe(200);
  }
  expect((await api.post('/v1/billing/night-audits', { property_id: items[0]?.property_id })).status).toBeLessThan(300);
  await until(async () => (await platform.sql('select from billing.night_audits where status = \'completed\' and business_date = $1', [business_date])).length === 1);
  await until(async () => {
    const { violations, waiting } = await check(platform.postgres.url);
    return violations.length === 0 && Object.keys(waiting).length === 0;
  });
});
