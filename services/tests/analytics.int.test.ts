/** The figures of analytics beside what the services themselves have: to the cent, whatever is delivered twice, and after each store was away. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startClickHouse } from '@tartware/kit/testing';
import type { RunningClickHouse } from '@tartware/kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';

const property_id = DEMO.propertyId;

let clickhouse: RunningClickHouse;
let platform: Platform;
let manager: Api;
let today: string;
let roomType: string;
let room: string;
let plan: string;
let guest: string;

function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

async function good<Body>(answer: Promise<Answer<Body>>): Promise<Body> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return body;
}

type Resource = Record<string, unknown> & { id: string; version: number };

const post = (path: string, body: unknown = {}): Promise<Resource> => good(manager.post<Resource>(path, body, { key: randomUUID() }));

/** Asks until the figures are as expected. */
async function eventually(ask: () => Promise<unknown>, expected: unknown): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await ask();
    try {
      expect(value).toEqual(expected);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

interface Report {
  items: Record<string, number | string>[];
  total: Record<string, unknown>;
}

const report = (name: string, from: string, to: string, api = manager): Promise<Report> => good(api.get<Report>(`/v1/analytics/${name}?property_id=${property_id}&from=${from}&to=${to}`));

/** Revenue by business date as billing's ledger has it. */
async function ledger(): Promise<[string, number, number][]> {
  const rows = await platform.sql<{ date: string; room: string; total: string }>(`
    select business_date::text as date, sum(amount) filter (where account = 'room_revenue') as room, sum(amount) as total
    from (
      select business_date, credit_account as account, amount_minor as amount from billing.ledger_entries where tenant_id = $1 and property_id = $2
      union all select business_date, debit_account, -amount_minor from billing.ledger_entries where tenant_id = $1 and property_id = $2
    ) as sides where account like '%_revenue' group by 1 order by 1`, [DEMO.id, property_id]);
  return rows.map(({ date, room, total }) => [date, Number(room ?? 0), Number(total)]);
}

/** Nights sold and their price as reservations has them. */
async function books(): Promise<[string, number, number][]> {
  const rows = await platform.sql<{ date: string; sold: string; amount: string }>(`
    select night->>'date' as date, count(*) as sold, sum((night->>'amount_minor')::bigint) as amount
    from reservations.reservations, jsonb_array_elements(nights) as night
    where tenant_id = $1 and property_id = $2 and status in ('confirmed', 'in_house', 'checked_out') group by 1 order by 1`, [DEMO.id, property_id]);
  return rows.map(({ date, sold, amount }) => [date, Number(sold), Number(amount)]);
}

const revenueRows = async (): Promise<unknown> => {
  const { items } = await report('revenue', today, addDays(today, 30));
  return items.filter(({ total_minor }) => total_minor !== 0).map((item) => [item['date'], item['room_minor'], item['total_minor']]);
};
const occupancyRows = async (): Promise<unknown> => {
  const { items } = await report('occupancy', today, addDays(today, 30));
  return items.filter(({ sold }) => sold !== 0).map((item) => [item['date'], item['sold'], item['room_revenue_minor']]);
};

const book = (arrival: string, nights: number): Promise<Resource> =>
  post('/v1/reservations', { property_id, guest_id: guest, room_type_id: roomType, rate_plan_id: plan, arrival, departure: addDays(arrival, nights), adults: 1 });

async function checkIn(reservation: string): Promise<void> {
  const rooms = async (): Promise<{ room_id: string; version: number }[]> => (await good(manager.get<{ items: { room_id: string; version: number }[] }>(`/v1/housekeeping/rooms?property_id=${property_id}`))).items;
  await eventually(async () => (await rooms()).length, 5);
  const version = (await rooms()).find(({ room_id }) => room_id === room)?.version ?? 0;
  await good(manager.patch(`/v1/housekeeping/rooms/${room}`, { condition: 'clean' }, { version, key: randomUUID() }));
  await post(`/v1/reservations/${reservation}/assign-room`, { room_id: room });
  await post(`/v1/reservations/${reservation}/check-in`);
}

beforeAll(async () => {
  clickhouse = await startClickHouse();
  platform = await startPlatform(['core', 'rooms', 'guests', 'reservations', 'billing', 'housekeeping', 'settings', 'command-center'], {
    events: true, env: { 'command-center': { CLICKHOUSE_URL: clickhouse.url } },
  });
  manager = platform.api(DEMO, 'manager');
  today = String((await good(manager.get(`/v1/properties/${property_id}`)))['business_date']);
  roomType = (await post('/v1/room-types', { property_id, code: 'DBL', name: 'Double', capacity_adults: 2, capacity_children: 1, base_occupancy: 2 })).id;
  room = (await post('/v1/rooms', { property_id, room_type_id: roomType, number: '100', floor: 1 })).id;
  for (const number of ['101', '102', '103', '104']) await post('/v1/rooms', { property_id, room_type_id: roomType, number, floor: 1 });
  plan = (await post('/v1/rate-plans', { property_id, code: 'FLEX', name: 'Flexible', cancellation: { free_until_days: 1, free_until_time: '18:00', fee: { kind: 'first_night' }, no_show_fee: { kind: 'full_stay' } } })).id;
  await good(manager.put('/v1/rates', { property_id, room_type_id: roomType, rate_plan_id: plan, from: today, to: addDays(today, 30), amount_minor: 9_999 }));
  guest = (await post('/v1/guests', { last_name: 'Babbage' })).id;
});

afterAll(async () => {
  await platform.stop();
  await clickhouse.stop();
});

describe('analytics', () => {
  it('has the books of reservations: booked, changed and cancelled', async () => {
    const stays = [await book(today, 2), await book(today, 3), await book(addDays(today, 5), 4), await book(addDays(today, 6), 2)];
    const [first, , third, fourth] = stays;
    await good(manager.patch(`/v1/reservations/${third?.id}`, { departure: addDays(today, 7) }, { version: third?.version ?? 0, key: randomUUID() }));
    await post(`/v1/reservations/${fourth?.id}/cancel`);
    await checkIn(first?.id ?? '');
    const expected = await books();
    expect(expected.length).toBeGreaterThan(3);
    await eventually(occupancyRows, expected);
    await eventually(async () => (await report('occupancy', today, addDays(today, 1))).items[0]?.['available'], 5);
    expect((await report('occupancy', today, addDays(today, 1))).items[0]).toMatchObject({ rooms: 5, sold: 2, occupancy: 0.4, adr_minor: 9_999, revpar_minor: Math.round(19_998 / 5) });
  });

  it('has the revenue of billing\'s ledger: charged, reversed, and posted by the night audit', async () => {
    const folio = await post('/v1/billing/folios', { property_id, kind: 'house', name: 'Bar' });
    const charges = [];
    for (const amount_minor of [1_999, 1, 750]) charges.push(await post(`/v1/billing/folios/${folio.id}/charges`, { kind: 'food_beverage', amount_minor, currency: 'EUR', description: 'Bar' }));
    const [wrong] = await platform.sql<{ id: string }>('select id from billing.ledger_entries where tenant_id = $1 and credit_account = \'food_beverage_revenue\' and amount_minor = 750 limit 1', [DEMO.id]);
    await post(`/v1/billing/entries/${wrong?.id ?? charges[2]?.id}/reversal`, { reason: 'Another table' });
    await post('/v1/billing/night-audits', { property_id, business_date: today });
    await eventually(async () => (await good(manager.get(`/v1/properties/${property_id}`)))['business_date'], addDays(today, 1));
    const expected = await ledger();
    expect(expected[0]).toEqual([today, expect.any(Number), expect.any(Number)]);
    // The guest in house pays a night with tax, the one who did not come pays all of the stay.
    expect(expected[0]?.[1]).toBeGreaterThan(8_000);
    await eventually(async () => (await ledger())[0]?.[2], (expected[0]?.[1] ?? 0) + 2_000 + 3 * 9_999);
    await eventually(revenueRows, expected);
    await eventually(occupancyRows, await books());
  });

  it('catches up after ClickHouse was away, and after the service was', async () => {
    await clickhouse.kill();
    await book(addDays(today, 10), 1);
    expect(await manager.get(`/v1/analytics/occupancy?property_id=${property_id}&from=${today}&to=${addDays(today, 1)}`)).toMatchObject({ status: 503, body: { code: 'clickhouse_unavailable' } });
    await clickhouse.restart();
    await eventually(occupancyRows, await books());
    await platform.end('command-center');
    await book(addDays(today, 11), 2);
    await platform.start('command-center');
    await eventually(occupancyRows, await books());
  });

  it('has every event once', async () => {
    const sent = await platform.sql<{ n: string }>('select count(*) as n from command_center.inbox where consumer = \'analytics\'');
    const response = await fetch(clickhouse.url, { method: 'POST', body: 'select count(), uniqExact(id) from events final' });
    expect((await response.text()).trim().split('\t')).toEqual([sent[0]?.n, sent[0]?.n]);
  });

  it('shows another tenant nothing, and says what is wrong with a range', async () => {
    const stranger = platform.api(OTHER, 'manager');
    expect((await report('occupancy', today, addDays(today, 1), stranger)).total).toMatchObject({ rooms: 0, sold: 0, occupancy: null });
    for (const [from, to] of [[today, today], [addDays(today, 1), today], [today, addDays(today, 401)], ['1800-01-01', '1800-01-02'], ['9999-12-30', '9999-12-31']]) {
      expect(await manager.get(`/v1/analytics/pace?property_id=${property_id}&from=${from}&to=${to}`)).toMatchObject({ status: 400, body: { code: 'range_invalid' } });
    }
    expect(await manager.get(`/v1/analytics/pickup?property_id=${property_id}&from=${today}&to=${addDays(today, 3)}&as_of=9999-01-01T00:00:00Z`)).toMatchObject({ status: 400 });
    const { items, total } = await report('pace', today, addDays(today, 3));
    expect([items.length, total['nights']]).toEqual([3, (await books()).filter(([date]) => date < addDays(today, 3)).reduce((sum, [, sold]) => sum + sold, 0)]);
  });
});
