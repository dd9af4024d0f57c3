/** The night audit and the end of a stay with the real services: what reservations answers, what events bring, billing killed in the middle. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';

const property_id = DEMO.propertyId;
const RATE = 10_700;
const GUESTS = 5;
const GHOSTS = 2;

let platform: Platform;
let manager: Api;
let today: string;

type Body = Record<string, unknown> & { id: string; version: number };

const dayAfter = (date: string): string => new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);

async function send(path: string, body: unknown = {}): Promise<Body> {
  const answer = await manager.post<Body>(path, body, { key: randomUUID() });
  expect(answer.status, `${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}

async function until<Value>(ask: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await ask().catch(() => undefined);
    if (value !== undefined && isSo(value)) return value;
    if (Date.now() > deadline) throw new Error(`Not so: ${JSON.stringify(value)}`);
    await sleep(50);
  }
}

const folioOf = (reservation: string) => until(
  async () => (await manager.get<{ items: Body[] }>(`/v1/billing/folios?reservation_id=${reservation}&kind=guest`)).body.items, (items) => items.length === 1,
).then(([folio]) => folio as Body);

/** With a house of rooms that are clean, `GUESTS` who came and `GHOSTS` who did not. */
let stays: Body[];
let ghosts: Body[];

beforeAll(async () => {
  platform = await startPlatform(['core', 'rooms', 'guests', 'reservations', 'housekeeping', 'settings', 'billing'], { events: true, programs: ['billing'] });
  manager = platform.api(DEMO, 'manager');
  today = String((await manager.get(`/v1/properties/${property_id}`)).body['business_date']);
  const roomType = (await send('/v1/room-types', { property_id, code: 'DBL', name: 'Double', capacity_adults: 2, capacity_children: 1, base_occupancy: 2 })).id;
  const rooms = await Promise.all(Array.from({ length: GUESTS + GHOSTS }, (_, index) => send('/v1/rooms', { property_id, room_type_id: roomType, number: String(101 + index), floor: 1 })));
  const cancellation = { free_until_days: 1, free_until_time: '18:00', fee: { kind: 'first_night' }, no_show_fee: { kind: 'full_stay' } };
  const plan = (await send('/v1/rate-plans', { property_id, code: 'FLEX', name: 'Flexible', cancellation })).id;
  await manager.put('/v1/rates', { property_id, room_type_id: roomType, rate_plan_id: plan, from: today, to: dayAfter(dayAfter(dayAfter(today))), amount_minor: RATE });
  const rules = [
    { charge_kind: 'room', code: 'vat', name: 'VAT 7 %', valid_from: '2020-01-01', method: 'percent', rate_ppm: 70_000, amount_minor: 0, inclusive: true },
    { charge_kind: 'room', code: 'city', name: 'City tax', valid_from: '2020-01-01', method: 'fixed', rate_ppm: 0, amount_minor: 200, inclusive: false },
  ];
  expect((await manager.put('/v1/billing/taxes', { property_id, rules })).status).toBe(200);
  const guest = await send('/v1/guests', { first_name: 'Grace', last_name: 'Hopper' });
  const reserve = () => send('/v1/reservations', { property_id, guest_id: guest.id, room_type_id: roomType, rate_plan_id: plan, arrival: today, departure: dayAfter(dayAfter(today)), adults: 2 });
  const made = await Promise.all(Array.from({ length: GUESTS + GHOSTS }, reserve));
  [stays, ghosts] = [made.slice(0, GUESTS), made.slice(GUESTS)];
  await until(async () => (await manager.get<{ items: unknown[] }>(`/v1/housekeeping/rooms?property_id=${property_id}`)).body.items, (items) => items.length === GUESTS + GHOSTS);
  for (const [index, stay] of stays.entries()) await checkIn(stay.id, rooms[index]!.id);
});

afterAll(() => platform.stop());

async function checkIn(stay: string, room: string): Promise<void> {
  const { body } = await manager.get<{ items: { room_id: string; version: number }[] }>(`/v1/housekeeping/rooms?property_id=${property_id}`);
  await manager.patch(`/v1/housekeeping/rooms/${room}`, { condition: 'clean' }, { version: body.items.find(({ room_id }) => room_id === room)?.version ?? 0 });
  await send(`/v1/reservations/${stay}/assign-room`, { room_id: room });
  expect(await send(`/v1/reservations/${stay}/check-in`)).toMatchObject({ status: 'in_house' });
}

async function audit(): Promise<Body> {
  const { id } = await send('/v1/billing/night-audits', { property_id });
  return until(async () => (await manager.get<Body>(`/v1/billing/night-audits/${id}`)).body, ({ status }) => status === 'completed');
}

describe('a night', () => {
  it('charges those in the house, and those who did not come their fee, though billing is killed in the middle', async () => {
    const { id } = await send('/v1/billing/night-audits', { property_id });
    await platform.end('billing', 'killed');
    await platform.start('billing');
    const done = await until(async () => (await manager.get<Body>(`/v1/billing/night-audits/${id}`)).body, ({ status }) => status === 'completed');
    expect(done).toMatchObject({
      business_date: today, no_shows: GHOSTS, rooms: { in_house: GUESTS, posted: GUESTS, refused: 0 },
      totals: { rooms: GUESTS, room_revenue_minor: GUESTS * 10_000, tax_minor: GUESTS * 900, balance_minor: 0 },
    });
    for (const stay of stays) expect(await folioOf(stay.id)).toMatchObject({ balance_minor: RATE + 200 });
    for (const ghost of ghosts) await until(() => folioOf(ghost.id), ({ balance_minor }) => balance_minor === 2 * RATE);
    expect(await manager.get(`/v1/properties/${property_id}`)).toMatchObject({ body: { business_date: dayAfter(today) } });
  });

  it('and the next charge each night once', async () => {
    expect(await audit()).toMatchObject({ business_date: dayAfter(today), no_shows: 0, totals: { rooms: GUESTS } });
    for (const stay of stays) expect(await folioOf(stay.id)).toMatchObject({ balance_minor: 2 * (RATE + 200) });
  });
});

describe('checking out', () => {
  const checkOut = (stay: string, settlement?: string) => manager.post<Body>(`/v1/reservations/${stay}/check-out`, settlement === undefined ? {} : { settlement }, { key: randomUUID() });
  const charge = (folio: string) => manager.post<Body>(`/v1/billing/folios/${folio}/charges`, { kind: 'other', amount_minor: 100, currency: 'EUR', description: 'Late' }, { key: randomUUID() });
  const pay = (folio: Body) => manager.post<Body>(`/v1/billing/folios/${folio.id}/payments`, { method: 'card', amount_minor: folio['balance_minor'], currency: 'EUR' }, { key: randomUUID() });

  it('asks for the balance, then closes the folio', async () => {
    const [stay] = stays;
    expect(await checkOut(stay!.id)).toMatchObject({ status: 409, body: { code: 'folio_not_settled' } });
    expect((await pay(await folioOf(stay!.id))).status).toBe(201);
    expect(await checkOut(stay!.id)).toMatchObject({ status: 200, body: { status: 'checked_out' } });
    expect(await folioOf(stay!.id)).toMatchObject({ status: 'closed', settlement: 'paid', balance_minor: 0 });
  });

  it('leaves the debt to the city ledger, unless the property\'s settings forbid it', async () => {
    const [, stay] = stays;
    const allow = (value: boolean) => manager.put(`/v1/settings/billing.city_ledger_allowed?property_id=${property_id}`, { value }, { headers: { 'if-match': '*' } });
    expect((await allow(false)).status).toBe(200);
    expect(await until(() => checkOut(stay!.id, 'city_ledger'), ({ status }) => status !== 503)).toMatchObject({ status: 409, body: { code: 'city_ledger_not_allowed' } });
    expect((await allow(true)).status).toBe(200);
    expect(await checkOut(stay!.id, 'city_ledger')).toMatchObject({ status: 200 });
    const { body } = await manager.get<{ items: Body[] }>(`/v1/billing/folios?reservation_id=${stay!.id}&kind=city_ledger`);
    expect(body.items).toMatchObject([{ balance_minor: 2 * (RATE + 200), status: 'open' }]);
  });

  it('at once with charges lets each charge count or be refused, never neither', async () => {
    const [, , stay] = stays;
    const folio = await folioOf(stay!.id);
    const [, ...charges] = await Promise.all([checkOut(stay!.id, 'city_ledger'), ...Array.from({ length: 8 }, () => charge(folio.id))]);
    const taken = charges.filter(({ status }) => status === 201).length;
    const { body } = await manager.get<{ items: Body[] }>(`/v1/billing/folios?reservation_id=${stay!.id}&kind=city_ledger`);
    expect(body.items).toMatchObject([{ balance_minor: 2 * (RATE + 200) + taken * 100 }]);
    expect(charges.filter(({ status }) => status !== 201).every((refused) => refused.body['code'] === 'folio_closed')).toBe(true);
  });

  it('leaves books that balance', async () => {
    const { body } = await manager.get<{ totals: Body[] }>(`/v1/billing/ledger/trial-balance?property_id=${property_id}`);
    expect(body.totals).toMatchObject([{ currency: 'EUR', balance_minor: 0 }]);
    expect(await platform.sql('select reservation_id, business_date from billing.postings where charge_kind = \'room\' group by 1, 2 having count(*) > 1')).toEqual([]);
  });
});
