import { randomUUID } from 'node:crypto';
import { addDays, nightsOf } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { buildHouse, makePlan, makeRoom, makeType, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

interface Offers {
  offers: { room_type_id: string; rate_plan_id: string; total_minor: number; available: number; currency: string; nights: unknown[]; cancellation_policy: Record<string, unknown>; restrictions: object }[];
  not_offered: { room_type_id: string; reason: string; date?: string }[];
}

let platform: Platform;
let desk: Api;
let inside: Api;

beforeAll(async () => {
  platform = await startPlatform(['rooms']);
  desk = platform.api(DEMO, 'operator');
  inside = await platform.internal('rooms', DEMO, 'reservations');
});

afterAll(() => platform.stop());

function search(house: House, arrival: string, departure: string, query = '', api = desk): Promise<Answer<Offers>> {
  return api.get<Offers>(`/v1/availability?property_id=${house.propertyId}&room_type_id=${house.roomTypeId}&arrival=${arrival}&departure=${departure}&adults=2${query}`);
}

function allocate(house: House, want: Record<string, unknown>, reservation: string = randomUUID(), api = inside): Promise<Answer> {
  const { propertyId, roomTypeId, ratePlanId } = house;
  return api.put(`/internal/allocations/${reservation}`, { revision: 1, property_id: propertyId, room_type_id: roomTypeId, rate_plan_id: ratePlanId, adults: 2, children: 0, ...want });
}

interface Night {
  date: string;
  capacity: number;
  sold: number;
  available: number;
  overbooking: number;
  displaced: number;
}

async function inventory(house: House, from: string, to: string): Promise<Night[]> {
  return made(await desk.get<{ items: Night[] }>(`/v1/inventory?property_id=${house.propertyId}&room_type_id=${house.roomTypeId}&from=${from}&to=${to}&limit=200`), 200).body.items;
}

const sold = async (house: House, from: string, to: string) => (await inventory(house, from, to)).map((night) => night.sold);

describe('room types, rooms and plans', () => {
  it('are made once per code, read, and changed at their newest version only', async () => {
    const type = { property_id: DEMO.propertyId, code: 'STE', name: 'Suite "O\'Hara"; drop table rooms --', capacity_adults: 4, capacity_children: 2, base_occupancy: 2 };
    const first = made(await desk.post('/v1/room-types', type));
    expect(first.body).toMatchObject({ ...type, active: true, version: 1 });
    const path = String(first.headers.get('location'));
    expect([(await desk.get(path)).body, (await desk.get(path)).headers.get('etag')]).toEqual([first.body, '"1"']);
    expect(await desk.post('/v1/room-types', type)).toMatchObject({ status: 409, body: { code: 'room_type_code_taken' } });
    expect(await desk.patch(path, { name: 'Suite' })).toMatchObject({ status: 428, body: { code: 'precondition_required' } });
    expect(await desk.patch(path, { name: 'Suite' }, { version: 1 })).toMatchObject({ status: 200, body: { name: 'Suite', version: 2, capacity_adults: 4 } });
    expect(await desk.patch(path, { name: 'Late' }, { version: 1 })).toMatchObject({ status: 412, body: { code: 'version_outdated' } });
    expect(await desk.patch(path, { base_occupancy: 7 }, { version: 2 })).toMatchObject({ status: 400, body: { errors: [{ field: '/base_occupancy' }] } });
  });

  it('are made once for one idempotency key', async () => {
    const key = randomUUID();
    const plan = { property_id: DEMO.propertyId, code: 'ONCE', name: 'Once', cancellation: { free_until_days: null, free_until_time: '00:00', fee: { kind: 'percent', percent: 100 }, no_show_fee: { kind: 'none' } } };
    const answers = [await desk.post('/v1/rate-plans', plan, { key }), await desk.post('/v1/rate-plans', plan, { key })];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(answers[0]?.body).toMatchObject({ currency: 'EUR', extra_adult_minor: 0, cancellation: plan.cancellation });
    expect(await desk.post('/v1/rate-plans', { ...plan, name: 'Twice' }, { key })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it.each([
    ['a percentage that is missing', { kind: 'percent' }, '/cancellation/fee/percent'],
    ['a percentage for nothing', { kind: 'none', percent: 3 }, '/cancellation/fee/percent'],
    ['a kind that is none', { kind: 'half' }, '/cancellation/fee/kind'],
  ])('refuse %s and name the field', async (_name, fee, field) => {
    const cancellation = { free_until_days: 1, free_until_time: '18:00', fee, no_show_fee: { kind: 'none' } };
    const { status, body } = await desk.post<{ errors: { field: string }[] }>('/v1/rate-plans', { property_id: DEMO.propertyId, code: 'BAD', name: 'Bad', cancellation });
    expect([status, body.errors.map((error) => error.field)]).toEqual([400, [field]]);
  });

  it('keep room numbers apart, and rooms to types of their own property', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { nights: 0, rooms: 0 });
    const id = await makeRoom(desk, DEMO.propertyId, house.roomTypeId, { number: '4711', features: ['sea_view'] });
    const again = { property_id: DEMO.propertyId, room_type_id: house.roomTypeId, number: '4711', floor: 0 };
    expect(await desk.post('/v1/rooms', again)).toMatchObject({ status: 409, body: { code: 'room_number_taken' } });
    const other = await makeRoom(desk, DEMO.propertyId, house.roomTypeId, { number: '4712' });
    expect(await desk.patch(`/v1/rooms/${other}`, { number: '4711' }, { version: 1 })).toMatchObject({ status: 409, body: { code: 'room_number_taken' } });
    const elsewhere = await makeType(desk, '01990000-0000-7000-8000-000000000102');
    expect((await desk.post('/v1/rooms', { ...again, number: '4713', room_type_id: elsewhere })).status).toBe(404);
    expect((await desk.patch(`/v1/rooms/${other}`, { room_type_id: elsewhere }, { version: 1 })).status).toBe(404);
    expect((await inside.get(`/internal/rooms/${id}`)).body).toMatchObject({ id, number: '4711', features: ['sea_view'], property_id: DEMO.propertyId, room_type: { id: house.roomTypeId, name: 'Double' } });
    expect((await inside.get(`/internal/rooms/${randomUUID()}`)).status).toBe(404);
  });

  it('of a property that nobody knows are refused', async () => {
    const type = { property_id: randomUUID(), code: 'DBL', name: 'Double', capacity_adults: 2, capacity_children: 0, base_occupancy: 2 };
    expect(await desk.post('/v1/room-types', type)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('are not written by who may only read, and internal routes are for services', async () => {
    const viewer = platform.api(DEMO, 'viewer');
    const house = await buildHouse(desk, DEMO.propertyId);
    for (const answer of [
      await viewer.post('/v1/room-types', { property_id: DEMO.propertyId, code: 'X', name: 'X', capacity_adults: 1, capacity_children: 0, base_occupancy: 1 }),
      await viewer.put('/v1/rates', { property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, from: house.today, to: addDays(house.today, 1), amount_minor: 1 }),
    ]) expect(answer).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
    const response = await fetch(`${platform.urls.rooms}/internal/rooms/${house.roomIds[0]}`, { headers: { authorization: `Bearer ${desk.token}` } });
    expect(response.status).toBe(403);
  });
});

describe('offers', () => {
  it('have the price of each night, the policy and how many are left', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2, plan: { extra_child_minor: 500 } });
    const [arrival, departure] = [addDays(house.today, 30), addDays(house.today, 33)];
    made(await desk.put('/v1/rates', { property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, from: addDays(arrival, 1), to: addDays(arrival, 2), amount_minor: 20_000 }), 200);
    const { body } = await search(house, arrival, departure, '&children=1');
    expect(body.offers).toMatchObject([{
      room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, currency: 'EUR', total_minor: 41_500, available: 2,
      nights: [{ amount_minor: 10_500 }, { date: addDays(arrival, 1), amount_minor: 20_500 }, { amount_minor: 10_500 }],
      cancellation_policy: { cancellation_fee: { amount_minor: 10_500 }, no_show_fee: { amount_minor: 41_500 } },
    }]);
    made(await allocate(house, { arrival: addDays(arrival, 1), departure }), 200);
    expect((await search(house, arrival, departure)).body.offers).toMatchObject([{ available: 1 }]);
  });

  it('are not made when one night has no rate or no room', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { nights: 10 });
    const [ninth, eleventh] = [addDays(house.today, 8), addDays(house.today, 11)];
    expect((await search(house, ninth, eleventh)).body).toMatchObject({ offers: [], not_offered: [{ reason: 'rate_missing', date: addDays(house.today, 10) }] });
    expect(await allocate(house, { arrival: ninth, departure: eleventh })).toMatchObject({ status: 409, body: { code: 'not_bookable' } });
    made(await allocate(house, { arrival: ninth, departure: addDays(ninth, 1) }), 200);
    expect((await search(house, addDays(ninth, -1), addDays(ninth, 2))).body).toMatchObject({ offers: [], not_offered: [{ reason: 'sold_out', date: ninth }] });
    expect((await search(house, addDays(ninth, 1), addDays(ninth, 2))).body.offers).toHaveLength(1);
  });

  it('keep to restrictions, which a PUT of a range replaces', async () => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const day = addDays(house.today, 20);
    const scope = { property_id: house.propertyId, room_type_id: house.roomTypeId, from: day, to: addDays(day, 14) };
    expect(made(await desk.put('/v1/restrictions', { ...scope, min_stay: 3, closed_to_departure: true, weekdays: [1, 2, 3, 4, 5, 6, 7] }), 200).body).toEqual({ nights: 14 });
    expect((await search(house, day, addDays(day, 2))).body.not_offered).toMatchObject([{ reason: 'restricted', restriction: 'closed_to_departure' }]);
    made(await desk.put('/v1/restrictions', { ...scope, min_stay: 3 }), 200);
    expect((await search(house, day, addDays(day, 2))).body.not_offered).toMatchObject([{ reason: 'restricted', restriction: 'min_stay', limit: 3 }]);
    expect((await search(house, day, addDays(day, 3))).body.offers).toMatchObject([{ restrictions: { min_stay: 3, max_stay: null } }]);
    expect(await allocate(house, { arrival: day, departure: addDays(day, 2) })).toMatchObject({ status: 409, body: { code: 'restricted' } });
    expect(made(await desk.put('/v1/restrictions', scope), 200).body).toEqual({ nights: 14 });
    expect((await search(house, day, addDays(day, 2))).body.offers).toHaveLength(1);
    expect(await desk.put('/v1/restrictions', { ...scope, min_stay: 3, max_stay: 2 })).toMatchObject({ status: 400, body: { errors: [{ field: '/min_stay' }] } });
  });

  it.each([
    ['ends before it begins', 5, 4], ['has no night', 5, 5], ['is too long', 5, 371], ['is over', -1, 1], ['is too far ahead', 1_099, 1_101],
  ])('are refused for a stay that %s', async (_name, from, to) => {
    const house = await buildHouse(desk, DEMO.propertyId, { nights: 0, rooms: 0 });
    const answer = await search(house, addDays(house.today, from), addDays(house.today, to));
    expect(answer).toMatchObject({ status: 400, body: { code: 'stay_invalid' } });
    const refused = await allocate(house, { arrival: addDays(house.today, from), departure: addDays(house.today, to) });
    expect([400, 409]).toContain(refused.status);
  });

  it.each([
    ['over a leap day', '2028-02-28', ['2028-02-28', '2028-02-29', '2028-03-01']],
    ['over the year\'s end', '2027-12-30', ['2027-12-30', '2027-12-31', '2028-01-01']],
    ['over the change to summer time', '2027-03-27', ['2027-03-27', '2027-03-28', '2027-03-29']],
    ['over the change to winter time', '2027-10-30', ['2027-10-30', '2027-10-31', '2027-11-01']],
  ])('have every night once %s', async (_name, arrival, nights) => {
    const house = await buildHouse(desk, DEMO.propertyId, { nights: 0 });
    const departure = addDays(arrival, 3);
    const range = { property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, from: arrival, to: departure, amount_minor: 1_000 };
    expect(made(await desk.put('/v1/rates', range), 200).body).toEqual({ nights: 3 });
    const { body } = await search(house, arrival, departure);
    expect(body.offers[0]?.nights).toEqual(nights.map((date) => ({ date, amount_minor: 1_000 })));
    made(await allocate(house, { arrival, departure }), 200);
    expect((await inventory(house, arrival, departure)).map(({ date, available }) => [date, available])).toEqual(nights.map((date) => [date, 0]));
  });

  it('reach from nothing to the largest amount of money', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { nights: 0, rooms: 2 });
    const day = addDays(house.today, 1);
    const put = (amount_minor: number, from: string) => desk.put('/v1/rates', { property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, from, to: addDays(from, 1), amount_minor });
    made(await put(900_000_000_000, day), 200);
    made(await put(0, addDays(day, 1)), 200);
    made(await put(1, addDays(day, 2)), 200);
    for (const wrong of [-1, 900_000_000_001, 0.5]) expect((await put(wrong, day)).status).toBe(400);
    expect(made(await allocate(house, { arrival: day, departure: addDays(day, 2) }), 200).body).toMatchObject({ total_minor: 900_000_000_000 });
    expect(await allocate(house, { arrival: day, departure: addDays(day, 3) })).toMatchObject({ status: 409, body: { code: 'not_bookable' } });
    expect((await search(house, day, addDays(day, 3))).body.not_offered).toMatchObject([{ reason: 'price_too_large' }]);
  });
});

describe('what a PUT of a range writes', () => {
  it('is listed in pages without gap or repetition', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { nights: 7 });
    const range = `property_id=${house.propertyId}&room_type_id=${house.roomTypeId}&from=${house.today}&to=${addDays(house.today, 7)}`;
    made(await desk.put('/v1/restrictions', { property_id: house.propertyId, room_type_id: house.roomTypeId, from: house.today, to: addDays(house.today, 7), closed_to_arrival: true }), 200);
    for (const list of ['rates', 'restrictions', 'inventory']) {
      const dates: unknown[] = [];
      let cursor: unknown = '';
      do {
        const { body } = made(await desk.get<{ items: { date: string }[]; next_cursor: unknown }>(`/v1/${list}?${range}&limit=3${cursor ? `&cursor=${String(cursor)}` : ''}`), 200);
        dates.push(...body.items.map(({ date }) => date));
        cursor = body.next_cursor;
      } while (cursor);
      expect([list, dates]).toEqual([list, nightsOf(house.today, addDays(house.today, 7))]);
      expect(await desk.get(`/v1/${list}?${range}&cursor=bm9uZQ`)).toMatchObject({ status: 400, body: { code: 'cursor_invalid' } });
    }
  });

  it('is only on the weekdays told', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { nights: 0 });
    const range = { property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, from: '2027-05-03', to: '2027-05-17', amount_minor: 5, weekdays: [5, 6] };
    expect(made(await desk.put('/v1/rates', range), 200).body).toEqual({ nights: 4 });
    expect(made(await desk.put('/v1/inventory', { property_id: house.propertyId, room_type_id: house.roomTypeId, from: '2027-05-03', to: '2027-05-10', overbooking: 2, weekdays: [7] }), 200).body).toEqual({ nights: 1 });
    expect((await inventory(house, '2027-05-03', '2027-05-10')).map(({ overbooking }) => overbooking)).toEqual([0, 0, 0, 0, 0, 0, 2]);
  });

  it.each([['no night', 3, 3], ['a negative range', 3, 2], ['too many nights', 0, 1_101]])('is refused for %s', async (_name, from, to) => {
    const house = await buildHouse(desk, DEMO.propertyId, { nights: 0, rooms: 0 });
    const body = { property_id: house.propertyId, room_type_id: house.roomTypeId, from: addDays(house.today, from), to: addDays(house.today, to) };
    expect(await desk.put('/v1/restrictions', body)).toMatchObject({ status: 400, body: { code: 'range_invalid' } });
    expect(await desk.put('/v1/inventory', { ...body, overbooking: 0 })).toMatchObject({ status: 400, body: { code: 'range_invalid' } });
  });
});

describe('an allocation', () => {
  it('answers a revision again as before, refuses older ones, and one that means something else', async () => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const reservation = randomUUID();
    const [arrival, departure] = [addDays(house.today, 5), addDays(house.today, 7)];
    const first = made(await allocate(house, { arrival, departure, revision: 2 }, reservation), 200);
    made(await desk.put('/v1/rates', { property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, from: arrival, to: departure, amount_minor: 99_999 }), 200);
    expect((await allocate(house, { arrival, departure, revision: 2 }, reservation)).body).toEqual(first.body);
    for (const want of [{ arrival, departure, revision: 1 }, { arrival, departure: addDays(departure, 1), revision: 2 }]) {
      expect(await allocate(house, want, reservation)).toMatchObject({ status: 409, body: { code: 'revision_outdated' } });
    }
    expect(await sold(house, arrival, addDays(departure, 1))).toEqual([1, 1, 0]);
  });

  it('is changed all or nothing, and kept nights keep their price', async () => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const reservation = randomUUID();
    const day = addDays(house.today, 40);
    made(await allocate(house, { arrival: day, departure: addDays(day, 3) }, reservation), 200);
    made(await allocate(house, { arrival: addDays(day, 4), departure: addDays(day, 5) }), 200);
    expect(await allocate(house, { revision: 2, arrival: addDays(day, 1), departure: addDays(day, 5) }, reservation)).toMatchObject({ status: 409, body: { code: 'sold_out' } });
    expect(await sold(house, day, addDays(day, 5))).toEqual([1, 1, 1, 0, 1]);
    made(await desk.put('/v1/rates', { property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, from: day, to: addDays(day, 9), amount_minor: 30_000 }), 200);
    const { body } = made(await allocate(house, { revision: 3, arrival: addDays(day, 1), departure: addDays(day, 4) }, reservation), 200);
    expect(body).toMatchObject({ revision: 3, nights: [{ amount_minor: 10_000 }, { amount_minor: 10_000 }, { amount_minor: 30_000 }], total_minor: 50_000 });
    expect(await sold(house, day, addDays(day, 5))).toEqual([0, 1, 1, 1, 1]);
  });

  it('moves from type to type with the price told to be kept', async () => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const suite = { ...house, roomTypeId: await makeType(desk, DEMO.propertyId) };
    await makeRoom(desk, DEMO.propertyId, suite.roomTypeId);
    const [arrival, departure] = [addDays(house.today, 3), addDays(house.today, 5)];
    made(await desk.put('/v1/rates', { property_id: house.propertyId, room_type_id: suite.roomTypeId, rate_plan_id: house.ratePlanId, from: house.today, to: departure, amount_minor: 80_000 }), 200);
    const reservation = randomUUID();
    made(await allocate(house, { arrival, departure }, reservation), 200);
    const upgrade = made(await allocate(suite, { revision: 2, arrival, departure, keep_price_for: nightsOf(arrival, departure) }, reservation), 200);
    expect(upgrade.body).toMatchObject({ total_minor: 20_000 });
    expect([await sold(house, arrival, departure), await sold(suite, arrival, departure)]).toEqual([[0, 0], [1, 1]]);
  });

  it('follows rooms that come and go, and overbooking', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const [day, next] = [addDays(house.today, 9), addDays(house.today, 10)];
    const night = async () => (await inventory(house, day, next))[0];
    made(await allocate(house, { arrival: day, departure: next }), 200);
    made(await allocate(house, { arrival: day, departure: next }), 200);
    made(await desk.patch(`/v1/rooms/${house.roomIds[0]}`, { active: false }, { version: 1 }), 200);
    expect(await night()).toMatchObject({ capacity: 1, sold: 2, displaced: 1, available: 0 });
    expect(await allocate(house, { arrival: day, departure: next })).toMatchObject({ status: 409, body: { code: 'sold_out' } });
    made(await desk.put('/v1/inventory', { property_id: house.propertyId, room_type_id: house.roomTypeId, from: day, to: next, overbooking: 1 }), 200);
    expect(await night()).toMatchObject({ capacity: 1, overbooking: 1, displaced: 0, available: 0 });
    await makeRoom(desk, house.propertyId, house.roomTypeId);
    expect(await night()).toMatchObject({ capacity: 2, available: 1 });
    made(await allocate(house, { arrival: day, departure: next }), 200);
    expect(await allocate(house, { arrival: day, departure: next })).toMatchObject({ status: 409, body: { code: 'sold_out' } });
  });
});

describe('attacks on the tenant', () => {
  it('find none of another\'s resources on any route', async () => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const stranger = platform.api(OTHER, 'manager');
    const plan = await makePlan(desk, DEMO.propertyId);
    const [from, to] = [house.today, addDays(house.today, 3)];
    const range = { property_id: house.propertyId, room_type_id: house.roomTypeId, from, to };
    const query = `property_id=${house.propertyId}&from=${from}&to=${to}`;
    const missing = [
      await stranger.get(`/v1/room-types/${house.roomTypeId}`), await stranger.get(`/v1/rooms/${house.roomIds[0]}`), await stranger.get(`/v1/rate-plans/${plan}`),
      await stranger.patch(`/v1/room-types/${house.roomTypeId}`, { active: false }, { version: 1 }), await stranger.patch(`/v1/rooms/${house.roomIds[0]}`, { active: false }, { version: 1 }),
      await stranger.patch(`/v1/rate-plans/${plan}`, { active: false }, { version: 1 }),
      await stranger.post('/v1/rooms', { property_id: house.propertyId, room_type_id: house.roomTypeId, number: '1', floor: 1 }),
      await stranger.post('/v1/room-types', { property_id: house.propertyId, code: 'X', name: 'X', capacity_adults: 1, capacity_children: 0, base_occupancy: 1 }),
      await stranger.put('/v1/rates', { ...range, rate_plan_id: plan, amount_minor: 0 }), await stranger.put('/v1/restrictions', { ...range, closed: true }),
      await stranger.put('/v1/inventory', { ...range, overbooking: 9 }), await stranger.get(`/v1/availability?property_id=${house.propertyId}&arrival=${from}&departure=${to}`),
      await (await platform.internal('rooms', OTHER, 'reservations')).get(`/internal/rooms/${house.roomIds[0]}`),
    ];
    expect(missing.map(({ status }) => status)).toEqual(missing.map(() => 404));
    for (const list of ['room-types', 'rooms', 'rate-plans']) expect((await stranger.get(`/v1/${list}?property_id=${house.propertyId}`)).body).toEqual({ items: [], next_cursor: null });
    for (const list of ['rates', 'restrictions', 'inventory']) expect((await stranger.get(`/v1/${list}?${query}`)).body).toEqual({ items: [], next_cursor: null });
    expect(await allocate(house, { arrival: from, departure: to }, randomUUID(), await platform.internal('rooms', OTHER, 'reservations'))).toMatchObject({ status: 409, body: { code: 'not_bookable' } });
    expect((await search(house, from, to)).body.offers).toHaveLength(1);
  });

  it('end at forced row level security in every table', async () => {
    expect(await platform.sql(`select relname from pg_class where relnamespace = 'rooms'::regnamespace and relkind in ('r', 'p')
      and relname not like '%migrations' and not (relrowsecurity and relforcerowsecurity)`)).toEqual([]);
    const policies = await platform.sql<{ tablename: string }>(`select tablename from pg_policies where schemaname = 'rooms' and policyname = 'tenant'`);
    expect(policies.map(({ tablename }) => tablename)).toEqual(expect.arrayContaining(['properties', 'room_types', 'rooms', 'rate_plans', 'rates', 'restrictions', 'inventory', 'allocations', 'out_of_order']));
  });
});
