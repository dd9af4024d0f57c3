/** Every service is restarted as a rolling update does it, while guests are entered, rooms booked and folios charged: nothing accepted is lost, nothing fails. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, SERVICES, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';

const property_id = DEMO.propertyId;
/** Two processes may share a port: the next one is there before the last one goes. */
const ROLLING = { REUSE_PORT: 'true', SHUTDOWN_GRACE_MS: '2400' };

let platform: Platform;
let desk: Api;
let booking: Record<string, unknown>;
let folio: string;

beforeAll(async () => {
  platform = await startPlatform(SERVICES, { events: true, programs: true, env: Object.fromEntries(SERVICES.map((name) => [name, ROLLING])) });
  desk = platform.api(DEMO, 'operator');
  await openHotel();
}, 180_000);

afterAll(() => platform.stop());

async function made(path: string, body: object): Promise<string> {
  const { status, body: answer } = await desk.post(path, body, { key: randomUUID() });
  expect(status, JSON.stringify(answer)).toBe(201);
  return String(answer['id']);
}

async function openHotel(): Promise<void> {
  const arrival = String((await desk.get(`/v1/properties/${property_id}`)).body['business_date']);
  const departure = new Date(Date.parse(arrival) + 86_400_000).toISOString().slice(0, 10);
  const room_type_id = await made('/v1/room-types', { property_id, code: 'DBL', name: 'Double', capacity_adults: 2, capacity_children: 0, base_occupancy: 2 });
  const rate_plan_id = await made('/v1/rate-plans', { property_id, code: 'FLEX', name: 'Flexible', cancellation: { free_until_days: 1, free_until_time: '18:00', fee: { kind: 'none' }, no_show_fee: { kind: 'none' } } });
  const range = { property_id, room_type_id, from: arrival, to: departure };
  for (const [path, body] of [['/v1/rates', { ...range, rate_plan_id, amount_minor: 10_000 }], ['/v1/inventory', { ...range, overbooking: 1_000 }]] as const) {
    const answer = await desk.put(path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  }
  booking = { property_id, room_type_id, rate_plan_id, arrival, departure, adults: 1, guest_id: await made('/v1/guests', { last_name: 'Stammgast' }) };
  folio = await made('/v1/billing/folios', { property_id, kind: 'house', name: 'Bar' });
}

interface Running {
  /** What was answered, as `<what> <status> <code>`, and how often. */
  stop: () => Promise<Map<string, number>>;
}

function startLoad(): Running {
  const seen = new Map<string, number>();
  let stopped = false;
  const loop = async (what: string, ask: () => Promise<Answer>): Promise<void> => {
    while (!stopped) {
      const answered = await ask().then(({ status, body }) => `${what} ${status}${status < 400 ? '' : ` ${String(body['code'])}`}`, (error: unknown) => `${what} ${String(error)}`);
      seen.set(answered, (seen.get(answered) ?? 0) + 1);
      await sleep(40);
    }
  };
  const all = Promise.all([
    loop('read', () => desk.get(`/v1/availability?property_id=${property_id}&arrival=${String(booking['arrival'])}&departure=${String(booking['departure'])}`)),
    loop('guest', () => desk.post('/v1/guests', { last_name: 'Unterwegs' }, { key: randomUUID() })),
    loop('booking', () => desk.post('/v1/reservations', booking, { key: randomUUID() })),
    loop('charge', () => desk.post(`/v1/billing/folios/${folio}/charges`, { kind: 'food_beverage', amount_minor: 350, currency: 'EUR', description: 'Espresso' }, { key: randomUUID() })),
    loop('tasks', () => desk.get(`/v1/housekeeping/tasks?property_id=${property_id}`)),
    loop('settings', () => desk.get('/v1/settings')),
    loop('commands', () => desk.get('/v1/commands?limit=1')),
    loop('property', () => desk.get(`/v1/properties/${property_id}`)),
  ]);
  return {
    async stop() {
      stopped = true;
      await all;
      return seen;
    },
  };
}

const GOOD = ['booking 201', 'charge 201', 'commands 200', 'guest 201', 'property 200', 'read 200', 'settings 200', 'tasks 200'];

describe('a rolling restart of every service under load', () => {
  const answered = new Map<string, number>();

  it.each(SERVICES)('%s: no request fails', async (name) => {
    const load = startLoad();
    await sleep(200);
    await platform.replace(name);
    await sleep(200);
    const seen = await load.stop();
    for (const [what, count] of seen) answered.set(what, (answered.get(what) ?? 0) + count);
    expect([...seen.keys()].sort()).toEqual(GOOD);
  }, 60_000);

  it('lost and doubled nothing that was accepted', async () => {
    const [counted] = await platform.sql<{ guests: number; bookings: number; unfinished: number; sold: number; charges: number }>(
      `select (select count(*)::int from guests.guests where last_name = 'Unterwegs') as guests,
        (select count(*)::int from reservations.reservations where status = 'confirmed') as bookings,
        (select count(*)::int from reservations.reservations where status = 'requested') as unfinished,
        (select sum(sold)::int from rooms.inventory) as sold,
        (select count(*)::int from billing.postings where kind = 'charge' and folio_id = $1) as charges`,
      [folio],
    );
    const of = (what: string): number | undefined => answered.get(what);
    expect(counted).toEqual({ guests: of('guest 201'), bookings: of('booking 201'), unfinished: 0, sold: of('booking 201'), charges: of('charge 201') });
  });
});
