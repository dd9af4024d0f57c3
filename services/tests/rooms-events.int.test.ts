import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { addDays, nightsOf } from '@tartware/kit/resources';
import type { DomainEvent } from '@tartware/kit/events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';
import { eventOf, publish, settled } from './rooms-publish.ts';

let platform: Platform;
let desk: Api;
let inside: Api;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'housekeeping'], { events: true });
  desk = platform.api(DEMO, 'operator');
  inside = await platform.internal('rooms', DEMO, 'reservations');
});

afterAll(() => platform.stop());

interface Stay {
  id: string;
  revision: number;
  arrival: string;
  departure: string;
}

function wanted(house: House, { revision, arrival, departure }: Stay): Record<string, unknown> {
  return { revision, property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, arrival, departure, adults: 1, children: 0 };
}

const allocate = (house: House, stay: Stay): Promise<Answer> => inside.put(`/internal/allocations/${stay.id}`, wanted(house, stay));

const POLICY = { free_until: null, free_until_days: null, free_until_time: '18:00', cancellation_fee: { kind: 'none', amount_minor: 0 }, no_show_fee: { kind: 'none', amount_minor: 0 } };

/** As reservations announces the end of a stay. */
function ended(house: House, stay: Stay, type = 'reservation.cancelled', tenant = DEMO.id): DomainEvent {
  const nights = nightsOf(stay.arrival, stay.departure).map((date) => ({ date, amount_minor: 10_000 }));
  const data = {
    ...wanted(house, stay), id: stay.id, version: 9, guest_id: randomUUID(), group_id: null, room_id: null, status: type.replace('reservation.', ''), currency: 'EUR', nights,
    total_minor: nights.length * 10_000, cancellation_policy: POLICY, cancellation_fee_minor: 0, source: 'desk',
  };
  return eventOf({ type, tenant_id: tenant, aggregate_id: stay.id, version: 9, property_id: house.propertyId, data });
}

async function tell(events: readonly DomainEvent[]): Promise<void> {
  await publish(platform, 'reservations', events);
  await settled(platform, 'rooms', 'reservations', events.map(({ id }) => id));
}

interface Night {
  date: string;
  sold: number;
  capacity: number;
  out_of_order: number;
  displaced: number;
  available: number;
}

async function inventory(house: House, from: string, to: string): Promise<Night[]> {
  return made(await desk.get<{ items: Night[] }>(`/v1/inventory?property_id=${house.propertyId}&room_type_id=${house.roomTypeId}&from=${from}&to=${to}&limit=200`), 200).body.items;
}

const sold = async (house: House, from: string, to: string): Promise<number[]> => (await inventory(house, from, to)).map((night) => night.sold);

const stayOf = (house: House, first: number, nights: number, revision = 1): Stay => ({ id: randomUUID(), revision, arrival: addDays(house.today, first), departure: addDays(house.today, first + nights) });

describe('a reservation that has ended', () => {
  it.each(['reservation.cancelled', 'reservation.no_show', 'reservation.checked_out'])('gives its nights back once, however often %s is told', async (type) => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const [stay, other] = [stayOf(house, 10, 3), stayOf(house, 11, 3)];
    for (const one of [stay, other]) made(await allocate(house, one), 200);
    const event = ended(house, stay, type);
    await tell([event, event, ended(house, stay, type), event]);
    await tell([ended(house, stay, type)]);
    expect(await sold(house, stay.arrival, addDays(other.departure, 0))).toEqual([0, 1, 1, 1]);
    expect((await allocate(house, stay)).body).toMatchObject({ revision: 1, total_minor: 30_000 });
    expect(await allocate(house, { ...stay, revision: 2 })).toMatchObject({ status: 409, body: { code: 'revision_outdated' } });
    expect(await sold(house, stay.arrival, stay.departure)).toEqual([0, 1, 1]);
  });

  it('gives back only from the business date on', async () => {
    const property = '01990000-0000-7000-8000-000000000103';
    const house = await buildHouse(desk, property);
    const stay = stayOf(house, 0, 4);
    made(await allocate(house, stay), 200);
    const core = await platform.internal('core', DEMO, 'reservations');
    for (const day of [0, 1]) made(await core.post(`/internal/properties/${property}/business-date`, { from: addDays(house.today, day), to: addDays(house.today, day + 1) }), 200);
    await vi.waitFor(async () => expect(await platform.sql('select business_date::text as date from rooms.properties where id = $1', [property])).toEqual([{ date: addDays(house.today, 2) }]), { timeout: 20_000 });
    await tell([ended(house, stay, 'reservation.checked_out')]);
    expect(await sold(house, stay.arrival, stay.departure)).toEqual([1, 1, 0, 0]);
  });

  it('takes nothing when its own request comes after its end', async () => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const stay = stayOf(house, 5, 2);
    await tell([ended(house, stay)]);
    for (const revision of [1, 2]) expect((await allocate(house, { ...stay, revision })).status).toBe(revision === 1 ? 200 : 409);
    expect(await sold(house, stay.arrival, stay.departure)).toEqual([0, 0]);
  });

  it('of another tenant with the same id gives nothing back', async () => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const stay = stayOf(house, 5, 2);
    made(await allocate(house, stay), 200);
    await tell([ended(house, stay, 'reservation.cancelled', OTHER.id)]);
    expect(await sold(house, stay.arrival, stay.departure)).toEqual([1, 1]);
  });
});

describe('bookings, changes and ends at once, told again and out of order', () => {
  const step = fc.record({ reservation: fc.integer({ min: 0, max: 9 }), first: fc.integer({ min: 0, max: 9 }), nights: fc.integer({ min: 1, max: 6 }), end: fc.integer({ min: 0, max: 3 }).map((dice) => dice === 0), copies: fc.integer({ min: 1, max: 3 }) });

  it('leave exactly what is still held', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(step, { minLength: 6, maxLength: 20 }), { minLength: 1, maxLength: 3 }), async (waves) => {
      const house = await buildHouse(desk, DEMO.propertyId, { rooms: 3, nights: 30 });
      const reservations = Array.from({ length: 10 }, () => ({ stay: { id: randomUUID(), revision: 0, arrival: house.today, departure: addDays(house.today, 1) }, held: undefined as Stay | undefined, over: false }));
      for (const wave of waves) {
        const ends: DomainEvent[] = [];
        await Promise.all(wave.map(async ({ reservation, first, nights, end, copies }) => {
          const one = reservations[reservation]!;
          if (end) {
            one.over = true;
            ends.push(...Array.from({ length: copies }, () => ended(house, { ...one.stay, revision: Math.max(1, one.stay.revision) })));
            return;
          }
          one.stay = { ...one.stay, revision: one.stay.revision + 1, arrival: addDays(house.today, first), departure: addDays(house.today, first + nights) };
          const { stay } = one;
          const { status, body } = await allocate(house, stay);
          expect([200, 409], JSON.stringify(body)).toContain(status);
          if (status === 200 && stay.revision > (one.held?.revision ?? 0)) one.held = stay;
        }));
        await tell([...ends, ...ends.toReversed()]);
      }
      const expected = new Map<string, number>();
      for (const { held, over } of reservations) {
        if (held && !over) for (const date of nightsOf(held.arrival, held.departure)) expected.set(date, (expected.get(date) ?? 0) + 1);
      }
      const rows = await inventory(house, house.today, addDays(house.today, 30));
      expect(new Map(rows.filter((row) => row.sold > 0).map((row) => [row.date, row.sold]))).toEqual(expected);
      expect(rows.every((row) => row.sold <= row.capacity)).toBe(true);
    }), { numRuns: 6, endOnFailure: true });
    expect(await platform.sql('select deadlocks::int from pg_stat_database where datname = current_database()')).toEqual([{ deadlocks: 0 }]);
  });
});

describe('a room out of order', () => {
  const night = async (house: House, date: string) => (await inventory(house, date, addDays(date, 1)))[0];

  it('is not sold, and on a sold-out night the guests to be moved are counted, not lost', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const day = addDays(house.today, 7);
    const stays = [stayOf(house, 7, 1), stayOf(house, 7, 1)];
    for (const stay of stays) made(await allocate(house, stay), 200);
    const broken = made(await desk.post('/v1/housekeeping/out-of-order', { room_id: house.roomIds[0], from: day, to: addDays(day, 2), reason: 'Water damage' }));
    await vi.waitFor(async () => expect(await night(house, day)).toMatchObject({ capacity: 2, out_of_order: 1, sold: 2, displaced: 1, available: 0 }), { timeout: 20_000 });
    // The night after has no row in the inventory yet.
    expect(await night(house, addDays(day, 1))).toMatchObject({ out_of_order: 1, sold: 0, available: 1 });
    made(await allocate(house, stayOf(house, 8, 1)), 200);
    expect(await allocate(house, stayOf(house, 8, 1))).toMatchObject({ status: 409, body: { code: 'sold_out' } });
    await tell([ended(house, stays[0]!)]);
    expect(await night(house, day)).toMatchObject({ sold: 1, displaced: 0, available: 0 });
    expect(await allocate(house, stayOf(house, 7, 1))).toMatchObject({ status: 409, body: { code: 'sold_out' } });
    expect((await desk.delete(String(broken.headers.get('location')))).status).toBe(204);
    await vi.waitFor(async () => expect(await night(house, day)).toMatchObject({ out_of_order: 0, sold: 1, available: 1 }), { timeout: 20_000 });
    made(await allocate(house, stayOf(house, 7, 1)), 200);
  });

  it('counts once whatever is told twice, late or in the wrong order', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 3 });
    const [from, to] = [addDays(house.today, 3), addDays(house.today, 5)];
    const tellOf = (id: string, version: number, room: number) => eventOf({
      type: version === 1 ? 'out_of_order.set' : 'out_of_order.cleared', tenant_id: DEMO.id, aggregate_id: id, version, property_id: house.propertyId,
      data: { id, room_id: house.roomIds[room], room_type_id: randomUUID(), property_id: house.propertyId, from, to },
    });
    const [cleared, staying, sameRoom] = [randomUUID(), randomUUID(), randomUUID()];
    const events = [tellOf(cleared, 2, 0), tellOf(cleared, 1, 0), tellOf(staying, 1, 1), tellOf(sameRoom, 1, 1)];
    await publish(platform, 'housekeeping', [...events, ...events]);
    await settled(platform, 'rooms', 'housekeeping', events.map(({ id }) => id));
    expect(await inventory(house, from, to)).toMatchObject([{ out_of_order: 1, available: 2 }, { out_of_order: 1, available: 2 }]);
    made(await allocate(house, stayOf(house, 3, 2)), 200);
    expect(await inventory(house, from, to)).toMatchObject([{ out_of_order: 1, sold: 1, available: 1 }, { out_of_order: 1, sold: 1, available: 1 }]);
    // It stays counted when the room becomes one of another type, and is not when the room is no longer used.
    made(await desk.patch(`/v1/rooms/${house.roomIds[1]}`, { active: false }, { version: 1 }), 200);
    expect(await inventory(house, from, to)).toMatchObject([{ capacity: 2, out_of_order: 0, available: 1 }, { capacity: 2, out_of_order: 0, available: 1 }]);
  });
});
