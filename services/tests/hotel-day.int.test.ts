/** A hotel from its first room type to the audited night, through the gateway, as those who work there do it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_USER } from '@tartware/kit/testing';
import { DEMO, SERVICES, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';

const property_id = DEMO.propertyId;
const ATTENDANT = '0199eeee-0000-7000-8000-00000000000e';

let platform: Platform;
let manager: Api;
let desk: Api;
/** The property's business date, and the days after it. */
let today: string;
let tomorrow: string;
let departure: string;

beforeAll(async () => {
  platform = await startPlatform(SERVICES, { events: true });
  manager = platform.api(DEMO, 'manager');
  desk = platform.api(DEMO, 'operator');
  today = String((await desk.get(`/v1/properties/${property_id}`)).body['business_date']);
  tomorrow = dayAfter(today);
  departure = dayAfter(tomorrow);
});

afterAll(() => platform.stop());

function dayAfter(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
}

/** @returns the body of an answer that is as it should be */
function good<Body>({ status, body }: Answer<Body>): Body {
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return body;
}

type Body = Record<string, unknown> & { id: string; version: number };

async function send(api: Api, path: string, body: unknown = {}): Promise<Body> {
  return good(await api.post<Body>(path, body, { key: randomUUID() }));
}

async function read(path: string): Promise<Record<string, unknown>> {
  return good(await desk.get(path));
}

/** Read models follow by events: asks until it is so. */
async function eventually<Value>(ask: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await ask();
    if (isSo(value)) {
      return value;
    }
    if (Date.now() > deadline) {
      throw new Error(`Not so after 15 s: ${JSON.stringify(value)}`);
    }
    await sleep(50);
  }
}

interface Hotel {
  roomType: string;
  room: string;
  plan: string;
}

async function makeHotel(): Promise<Hotel> {
  const roomType = (await send(manager, '/v1/room-types', { property_id, code: 'DBL', name: 'Double', capacity_adults: 2, capacity_children: 1, base_occupancy: 2 })).id;
  const [room] = await Promise.all(['101', '102'].map((number) => send(manager, '/v1/rooms', { property_id, room_type_id: roomType, number, floor: 1 })));
  const cancellation = { free_until_days: 1, free_until_time: '18:00', fee: { kind: 'first_night' }, no_show_fee: { kind: 'full_stay' } };
  const plan = (await send(manager, '/v1/rate-plans', { property_id, code: 'FLEX', name: 'Flexible', cancellation })).id;
  good(await manager.put('/v1/rates', { property_id, room_type_id: roomType, rate_plan_id: plan, from: today, to: dayAfter(departure), amount_minor: 12_900 }));
  return { roomType, room: String(room?.id), plan };
}

describe('a day at the hotel', () => {
  let hotel: Hotel;
  let guest: Body;
  let stay: Body;
  let folio: Body;

  it('opens with rooms that are sold at a price', async () => {
    hotel = await makeHotel();
    const offers = await eventually(() => read(`/v1/availability?property_id=${property_id}&arrival=${today}&departure=${departure}&adults=2`), ({ offers }) => (offers as unknown[]).length > 0);
    expect(offers['offers']).toMatchObject([{ room_type_id: hotel.roomType, rate_plan_id: hotel.plan, total_minor: 25_800, currency: 'EUR', available: 2 }]);
  });

  it('takes a reservation at the offered price and fixes the policy', async () => {
    guest = await send(desk, '/v1/guests', { first_name: 'Ada', last_name: 'Lovelace', email: 'ada@example.com' });
    stay = await send(desk, '/v1/reservations', { property_id, guest_id: guest.id, room_type_id: hotel.roomType, rate_plan_id: hotel.plan, arrival: today, departure: tomorrow, adults: 2 });
    expect(stay).toMatchObject({ status: 'confirmed', total_minor: 12_900, currency: 'EUR', nights: [{ date: today, amount_minor: 12_900 }] });
  });

  it('lets the guest stay a night longer, and keeps the price when the plan gets dearer', async () => {
    good(await manager.put('/v1/rates', { property_id, room_type_id: hotel.roomType, rate_plan_id: hotel.plan, from: today, to: tomorrow, amount_minor: 99_900 }));
    stay = good(await desk.patch<Body>(`/v1/reservations/${stay.id}`, { departure }, { version: stay.version, key: randomUUID() }));
    expect(stay).toMatchObject({ status: 'confirmed', departure, total_minor: 25_800 });
  });

  it('cancels another reservation, gives its nights back and charges nothing while that is free', async () => {
    const far = dayAfter(dayAfter(departure));
    good(await manager.put('/v1/rates', { property_id, room_type_id: hotel.roomType, rate_plan_id: hotel.plan, from: far, to: dayAfter(far), amount_minor: 10_000 }));
    const other = await send(desk, '/v1/reservations', { property_id, guest_id: guest.id, room_type_id: hotel.roomType, rate_plan_id: hotel.plan, arrival: far, departure: dayAfter(far), adults: 1 });
    expect(await send(desk, `/v1/reservations/${other.id}/cancel`)).toMatchObject({ status: 'cancelled', cancellation_fee_minor: 0 });
    await eventually(() => read(`/v1/inventory?property_id=${property_id}&from=${far}&to=${dayAfter(far)}`), ({ items }) => (items as { sold: number }[])[0]?.sold === 0);
  });

  it('assigns a clean room and checks the guest in', async () => {
    await eventually(() => read(`/v1/housekeeping/rooms?property_id=${property_id}`), ({ items }) => (items as unknown[]).length === 2);
    good(await desk.patch(`/v1/housekeeping/rooms/${hotel.room}`, { condition: 'clean' }, { version: await versionOfRoom(hotel.room), key: randomUUID() }));
    stay = await send(desk, `/v1/reservations/${stay.id}/assign-room`, { room_id: hotel.room });
    expect(await desk.post(`/v1/reservations/${stay.id}/check-out`, {}, { key: randomUUID() })).toMatchObject({ status: 409, body: { code: 'transition_illegal' } });
    stay = await send(desk, `/v1/reservations/${stay.id}/check-in`);
    expect(stay).toMatchObject({ status: 'in_house', room_id: hotel.room });
  });

  it('charges the minibar with tax and takes a payment, each once', async () => {
    const { items } = await eventually(() => read(`/v1/billing/folios?reservation_id=${stay.id}`), ({ items: found }) => (found as unknown[]).length === 1);
    folio = (items as Body[])[0] as Body;
    const key = randomUUID();
    const charge = { kind: 'food_beverage', amount_minor: 1_450, currency: 'EUR', description: 'Minibar' };
    const [once, again] = [await desk.post(`/v1/billing/folios/${folio.id}/charges`, charge, { key }), await desk.post(`/v1/billing/folios/${folio.id}/charges`, charge, { key })];
    expect([once.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([201, once.body, 'true']);
    expect(await desk.post(`/v1/reservations/${stay.id}/check-out`, {}, { key: randomUUID() })).toMatchObject({ status: 409, body: { code: 'folio_not_settled' } });
  });

  it.each(['first', 'second'])('audits the %s night, once however often it is asked', async () => {
    const date = String((await read(`/v1/properties/${property_id}`))['business_date']);
    const audits = await Promise.all([1, 2, 3].map(() => manager.post('/v1/billing/night-audits', { property_id, business_date: date }, { key: randomUUID() })));
    expect(audits.map(({ status }) => status).every((status) => [200, 202, 409].includes(status)), JSON.stringify(audits.map(({ body }) => body))).toBe(true);
    const done = await eventually(() => read(`/v1/billing/night-audits?property_id=${property_id}`), ({ items }) => (items as { business_date: string; status: string }[]).some((audit) => audit.business_date === date && audit.status === 'completed'));
    expect((done['items'] as Record<string, unknown>[]).filter((audit) => audit['business_date'] === date)).toMatchObject([{ totals: { rooms: 1, balance_minor: 0 } }]);
    expect((await read(`/v1/properties/${property_id}`))['business_date']).toBe(dayAfter(date));
  });

  it('pays, invoices and checks out; one cleaning task is left', async () => {
    const { balance_minor } = (await read(`/v1/billing/folios/${folio.id}`)) as { balance_minor: number };
    expect(balance_minor).toBeGreaterThanOrEqual(25_800 + 1_450);
    await send(desk, `/v1/billing/folios/${folio.id}/payments`, { method: 'card', amount_minor: balance_minor, currency: 'EUR' });
    expect(await send(desk, `/v1/billing/folios/${folio.id}/invoices`, { recipient: { name: 'Ada Lovelace' } })).toMatchObject({ number: 1, gross_minor: balance_minor });
    expect(await send(desk, `/v1/reservations/${stay.id}/check-out`)).toMatchObject({ status: 'checked_out' });
    const tasks = await eventually(() => read(`/v1/housekeeping/tasks?property_id=${property_id}`), ({ items }) => (items as unknown[]).length > 0);
    expect(tasks['items']).toMatchObject([{ kind: 'checkout_clean', room_id: hotel.room, state: 'open' }]);
  });

  it('cleans the room', async () => {
    const { items: [task] } = (await read(`/v1/housekeeping/tasks?property_id=${property_id}`)) as { items: [Body] };
    await send(desk, `/v1/housekeeping/tasks/${task.id}/assign`, { assigned_to: ATTENDANT });
    for (const action of ['start', 'complete']) {
      await send(desk, `/v1/housekeeping/tasks/${task.id}/${action}`);
    }
    const { items } = (await read(`/v1/housekeeping/rooms?property_id=${property_id}`)) as { items: { room_id: string; condition: string }[] };
    expect(items.find(({ room_id }) => room_id === hotel.room)?.condition).toBe('inspected');
  });

  it('does by commands what the desk does by hand', async () => {
    const [arrival, leaving] = [dayAfter(departure), dayAfter(dayAfter(departure))];
    const accepted = await send(desk, '/v1/commands', {
      commands: [
        { command: 'rates.set', payload: { property_id, room_type_id: hotel.roomType, rate_plan_id: hotel.plan, from: arrival, to: leaving, amount_minor: 15_000 } },
      ],
    });
    await finished(accepted);
    const booked = await finished(await send(desk, '/v1/commands', {
      commands: [1, 2].map(() => ({ command: 'reservation.create', payload: { property_id, guest_id: guest.id, room_type_id: hotel.roomType, rate_plan_id: hotel.plan, arrival, departure: leaving, adults: 1 } })),
    }));
    expect(booked).toMatchObject([{ status: 'succeeded', answer: { total_minor: 15_000 } }, { status: 'succeeded' }]);
    const bar = await send(desk, '/v1/billing/folios', { property_id, kind: 'house', name: 'Bar' });
    const [charged] = await finished(await send(desk, '/v1/commands', {
      commands: [{ command: 'folio.charge', target: bar.id, payload: { kind: 'other', amount_minor: 900, currency: 'EUR', description: 'Newspapers' } }],
    }));
    // Who asked stands in the books, not the program that passed it on.
    expect(charged).toMatchObject({ status: 'succeeded', answer: { gross_minor: 900, created_by: TEST_USER } });
    const [sold_out] = await finished(await send(desk, '/v1/commands', {
      commands: [{ command: 'reservation.create', payload: { property_id, guest_id: guest.id, room_type_id: hotel.roomType, rate_plan_id: hotel.plan, arrival, departure: leaving, adults: 1 } }],
    }));
    expect(sold_out).toMatchObject({ status: 'failed', problem: { code: 'sold_out' } });
  });
});

interface Command {
  id: string;
  status: string;
}

async function finished({ commands }: Record<string, unknown>): Promise<Command[]> {
  return Promise.all((commands as Command[]).map(async ({ id }) => {
    const ended = await eventually(() => read(`/v1/commands/${id}`), ({ status }) => ['succeeded', 'failed'].includes(String(status)));
    return ended as Record<string, unknown> & Command;
  }));
}

async function versionOfRoom(id: string): Promise<number> {
  const { items } = (await read(`/v1/housekeeping/rooms?property_id=${property_id}`)) as { items: { room_id: string; version: number }[] };
  return items.find(({ room_id }) => room_id === id)?.version ?? 0;
}
