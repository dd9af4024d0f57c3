import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';
import { act, ask, makeGuest, makeReady, read, reserve } from './reservations-desk.ts';
import type { Reservation } from './reservations-desk.ts';
import { buildHouse, makePlan, makeRoom, makeType, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

let platform: Platform;
let desk: Api;
let house: House;
let guest: string;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations']);
  desk = platform.api(DEMO, 'operator');
  house = await buildHouse(desk, DEMO.propertyId, { rooms: 8, amount: 12_900 });
  guest = await makeGuest(desk);
});

afterAll(() => platform.stop());

const nights = (first: number, ...amounts: number[]): object[] => amounts.map((amount_minor, night) => ({ date: addDays(house.today, first + night), amount_minor }));

function change(reservation: Reservation, body: object): ReturnType<typeof desk.patch<Reservation>> {
  return desk.patch<Reservation>(`/v1/reservations/${reservation.id}`, body, { version: reservation.version });
}

describe('reserving', () => {
  it('answers with the price and the policy of rooms, a place and an ETag, and can be read', async () => {
    const { status, body, headers } = await ask(desk, house, guest, { from: 10, nights: 2 });
    expect([status, headers.get('location'), headers.get('etag')]).toEqual([201, `/v1/reservations/${body.id}`, '"1"']);
    expect(body).toMatchObject({ status: 'confirmed', version: 1, revision: 1, currency: 'EUR', total_minor: 25_800, room_id: null, children: 0, source: 'direct', cancellation_fee_minor: null });
    expect(body['nights']).toEqual(nights(10, 12_900, 12_900));
    expect(body['cancellation_policy']).toMatchObject({ free_until_days: 1, cancellation_fee: { amount_minor: 12_900 }, no_show_fee: { amount_minor: 25_800 } });
    expect(await read(desk, body.id)).toEqual(body);
    expect((await desk.get(`/v1/reservations/${body.id}`, { headers: { 'if-none-match': '"1"' } })).status).toBe(304);
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['an unknown guest', { guest_id: '0199aaaa-0000-7000-8000-0000000000ff' }, 422, 'guest_unknown'],
    ['an unknown property', { property_id: '0199aaaa-0000-7000-8000-0000000000ff' }, 422, 'property_unknown'],
    ['an unknown room type', { room_type_id: '0199aaaa-0000-7000-8000-0000000000ff' }, 409, 'not_bookable'],
    ['more guests than the room takes', { adults: 9 }, 409, 'not_bookable'],
    ['a departure before the arrival', { departure: '2020-01-01' }, 422, 'stay_invalid'],
    ['an arrival in the past', { arrival: '2020-01-01', departure: '2020-01-02' }, 422, 'stay_invalid'],
    ['the 30th of February', { arrival: '2028-02-30' }, 400, 'validation_failed'],
    ['a price of the client\'s own', { total_minor: 1 }, 400, 'validation_failed'],
    ['a tenant of the client\'s own', { tenant_id: randomUUID() }, 400, 'validation_failed'],
  ])('refuses %s and leaves nothing', async (_name, more, status, code) => {
    expect(await ask(desk, house, guest, { more })).toMatchObject({ status, body: { code } });
    expect(await platform.sql('select from reservations.operations where state = \'running\'')).toEqual([]);
  });

  it('needs an idempotency key and a role that may write', async () => {
    expect(await desk.post('/v1/reservations', {})).toMatchObject({ status: 400 });
    expect(await ask(platform.api(DEMO, 'viewer'), house, guest)).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
  });

  it('shows neither what could not be had nor its guest in lists, unless asked', async () => {
    const full = await buildHouse(desk, DEMO.propertyId, { rooms: 0 });
    expect(await ask(desk, full, guest)).toMatchObject({ status: 409, body: { code: 'sold_out' } });
    const list = (status: string) => desk.get<{ items: Reservation[] }>(`/v1/reservations?property_id=${DEMO.propertyId}&limit=200${status}`);
    expect((await list('')).body.items.filter(({ status }) => ['requested', 'rejected'].includes(status))).toEqual([]);
    expect((await list('&status=rejected')).body.items.map((item) => item['room_type_id'])).toContain(full.roomTypeId);
  });
});

describe('the price and the policy', () => {
  it('stay as they were booked, whatever becomes of the plan; nights that are new cost what they cost now', async () => {
    const own = await buildHouse(desk, DEMO.propertyId, { rooms: 1, amount: 10_000 });
    const booked = await reserve(desk, own, guest, { from: 5, nights: 2 });
    made(await desk.put('/v1/rates', { property_id: DEMO.propertyId, room_type_id: own.roomTypeId, rate_plan_id: own.ratePlanId, from: own.today, to: addDays(own.today, 50), amount_minor: 77_700 }), 200);
    const plan = await desk.get<{ version: number }>(`/v1/rate-plans/${own.ratePlanId}`);
    const cancellation = { free_until_days: 60, free_until_time: '10:00', fee: { kind: 'full_stay' }, no_show_fee: { kind: 'full_stay' } };
    made(await desk.patch(`/v1/rate-plans/${own.ratePlanId}`, { cancellation }, { version: plan.body.version }), 200);
    expect(await read(desk, booked.id)).toEqual(booked);
    const { status, body } = await change(booked, { departure: addDays(own.today, 8) });
    expect([status, body['nights'], body.total_minor, body.revision]).toEqual([200, nights(5, 10_000, 10_000, 77_700), 97_700, 2]);
    expect(body['cancellation_policy']).toMatchObject({ free_until_days: 1, cancellation_fee: { kind: 'first_night', amount_minor: 10_000 } });
    expect((await act(desk, booked.id, 'cancel')).body).toMatchObject({ status: 'cancelled', cancellation_fee_minor: 0 });
  });

  it('charges the late and not the early', async () => {
    const strict = await makePlan(desk, DEMO.propertyId, { cancellation: { free_until_days: null, free_until_time: '18:00', fee: { kind: 'percent', percent: 80 }, no_show_fee: { kind: 'full_stay' } } });
    made(await desk.put('/v1/rates', { property_id: DEMO.propertyId, room_type_id: house.roomTypeId, rate_plan_id: strict, from: house.today, to: addDays(house.today, 60), amount_minor: 10_001 }), 200);
    const late = await reserve(desk, house, guest, { more: { rate_plan_id: strict } });
    expect((await act(desk, late.id, 'cancel')).body).toMatchObject({ cancellation_fee_minor: 16_002 });
  });
});

describe('changing', () => {
  it('needs the version that is changed', async () => {
    const booked = await reserve(desk, house, guest, { from: 20 });
    const path = `/v1/reservations/${booked.id}`;
    expect(await desk.patch(path, { adults: 1 })).toMatchObject({ status: 428, body: { code: 'precondition_required' } });
    expect(await desk.patch(path, { adults: 1 }, { version: 7 })).toMatchObject({ status: 412, body: { code: 'version_outdated' } });
    expect(await change(booked, { adults: 2 })).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await change(booked, { adults: 1 })).toMatchObject({ status: 200, body: { version: 2, adults: 1 } });
    expect(await change(booked, { adults: 1 })).toMatchObject({ status: 412 });
  });

  it('that cannot be had leaves all as it was', async () => {
    const full = await buildHouse(desk, DEMO.propertyId, { rooms: 1 });
    await reserve(desk, full, guest, { from: 3, nights: 2 });
    const booked = await reserve(desk, full, guest, { from: 1, nights: 2 });
    expect(await change(booked, { departure: addDays(full.today, 5) })).toMatchObject({ status: 409, body: { code: 'sold_out' } });
    expect(await read(desk, booked.id)).toEqual(booked);
    expect(await change(booked, { arrival: addDays(full.today, 2) })).toMatchObject({ status: 200, body: { version: 2, revision: 3 } });
  });

  it('to another type takes the room back, and to nights in which it is taken as well', async () => {
    const own = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const [room = ''] = own.roomIds;
    const first = await reserve(desk, own, guest, { from: 1, nights: 2 });
    const second = await reserve(desk, own, guest, { from: 3, nights: 2 });
    made(await act(desk, first.id, 'assign-room', { room_id: room }), 200);
    made(await act(desk, second.id, 'assign-room', { room_id: room }), 200);
    const longer = await change(await read(desk, first.id), { departure: addDays(own.today, 4) });
    expect(longer).toMatchObject({ status: 200, body: { room_id: null, departure: addDays(own.today, 4) } });
    const suite = await makeType(desk, DEMO.propertyId);
    await makeRoom(desk, DEMO.propertyId, suite);
    made(await desk.put('/v1/rates', { property_id: DEMO.propertyId, room_type_id: suite, rate_plan_id: own.ratePlanId, from: own.today, to: addDays(own.today, 9), amount_minor: 5 }), 200);
    expect(await change(await read(desk, second.id), { room_type_id: suite })).toMatchObject({ status: 200, body: { room_id: null, total_minor: 10 } });
  });
});

describe('a stay', () => {
  it('goes from the room to the bill, each step by its rules', async () => {
    const [room = '', other = ''] = house.roomIds;
    const stay = await reserve(desk, house, guest, { from: 0, nights: 2 });
    expect(await act(desk, stay.id, 'check-in')).toMatchObject({ status: 409, body: { code: 'room_missing' } });
    expect(await act(desk, stay.id, 'assign-room', { room_id: room })).toMatchObject({ status: 200, body: { room_id: room, version: 2 } });
    expect(await act(desk, stay.id, 'unassign-room')).toMatchObject({ status: 200, body: { room_id: null, version: 3 } });
    made(await act(desk, stay.id, 'assign-room', { room_id: other }), 200);
    await makeReady(desk, other, 'dirty');
    expect(await act(desk, stay.id, 'check-in')).toMatchObject({ status: 409, body: { code: 'room_not_ready' } });
    await makeReady(desk, other, 'clean');
    expect(await act(desk, stay.id, 'check-in')).toMatchObject({ status: 200, body: { status: 'in_house', version: 5 } });
    expect(await change(await read(desk, stay.id), { arrival: addDays(house.today, 1) })).toMatchObject({ status: 409, body: { code: 'change_not_allowed' } });
    expect(await change(await read(desk, stay.id), { departure: addDays(house.today, 1) })).toMatchObject({ status: 200, body: { total_minor: 12_900, status: 'in_house' } });
    expect(await act(desk, stay.id, 'check-out')).toMatchObject({ status: 200, body: { status: 'checked_out', version: 7 } });
    const told = await platform.sql<{ type: string; version: number; data: Reservation }>('select type, version::int, data from reservations.outbox where aggregate_id = $1 order by sequence', [stay.id]);
    expect(told.map(({ type, version }) => `${version} ${type}`)).toEqual([
      '1 reservation.confirmed', '2 reservation.room_assigned', '3 reservation.room_unassigned', '4 reservation.room_assigned', '5 reservation.checked_in', '6 reservation.changed', '7 reservation.checked_out',
    ]);
    expect([told[0]?.data, told.at(-1)?.data]).toEqual([stay, await read(desk, stay.id)]);
    const history = (await desk.get<{ items: { version: number; status: string }[] }>(`/v1/reservations/${stay.id}/history`)).body.items;
    expect(history.map(({ version, status }) => `${version} ${status}`)).toEqual(['1 confirmed', '2 confirmed', '3 confirmed', '4 confirmed', '5 in_house', '6 in_house', '7 checked_out']);
  });

  it('begins on its day, in a room of its own type that nobody is in', async () => {
    const [, , room = ''] = house.roomIds;
    const early = await reserve(desk, house, guest, { from: 1, nights: 1 });
    made(await act(desk, early.id, 'assign-room', { room_id: room }), 200);
    expect(await act(desk, early.id, 'check-in')).toMatchObject({ status: 409, body: { code: 'check_in_too_early' } });
    const elsewhere = (await buildHouse(desk, DEMO.propertyId)).roomIds[0];
    expect(await act(desk, early.id, 'assign-room', { room_id: elsewhere })).toMatchObject({ status: 409, body: { code: 'room_unsuitable' } });
    expect(await act(desk, early.id, 'assign-room', { room_id: randomUUID() })).toMatchObject({ status: 422, body: { code: 'room_unknown' } });
  });

  it('longer than booked keeps its room, or is refused before rooms is asked', async () => {
    const own = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const [room = ''] = own.roomIds;
    await makeReady(desk, room, 'inspected');
    const stay = await reserve(desk, own, guest, { from: 0, nights: 1 });
    made(await act(desk, stay.id, 'assign-room', { room_id: room }), 200);
    made(await act(desk, stay.id, 'check-in'), 200);
    const next = await reserve(desk, own, guest, { from: 2, nights: 1 });
    made(await act(desk, next.id, 'assign-room', { room_id: room }), 200);
    const taken = await change(await read(desk, stay.id), { departure: addDays(own.today, 3) });
    expect(taken).toMatchObject({ status: 409, body: { code: 'room_taken', errors: [{ field: `/${addDays(own.today, 2)}` }] } });
    expect(await change(await read(desk, stay.id), { departure: addDays(own.today, 2) })).toMatchObject({ status: 200, body: { room_id: room } });
  });
});

describe('a list', () => {
  it('is filtered by everything that a desk asks for, and paged without gap or repetition', async () => {
    const own = await buildHouse(desk, DEMO.propertyId, { rooms: 6 });
    const person = await makeGuest(desk);
    const made5: Reservation[] = [];
    for (const from of [30, 31, 32, 33, 34]) made5.push(await reserve(desk, own, person, { from, nights: 2 }));
    made(await act(desk, made5[0]?.id ?? '', 'cancel'), 200);
    made(await act(desk, made5[1]?.id ?? '', 'assign-room', { room_id: own.roomIds[0] }), 200);
    const list = async (query: string): Promise<number[]> => {
      const { items } = made(await desk.get<{ items: Reservation[] }>(`/v1/reservations?guest_id=${person}&${query}`), 200).body;
      return items.map(({ id }) => made5.findIndex((one) => one.id === id));
    };
    const day = (days: number): string => addDays(own.today, days);
    expect(await list('')).toEqual([0, 1, 2, 3, 4]);
    expect(await list('status=cancelled')).toEqual([0]);
    expect(await list(`room_id=${own.roomIds[0]}`)).toEqual([1]);
    expect(await list(`arrival_from=${day(32)}&arrival_to=${day(33)}`)).toEqual([2, 3]);
    expect(await list(`departure_from=${day(35)}&property_id=${DEMO.propertyId}`)).toEqual([3, 4]);
    expect(await list(`departure_to=${day(33)}&status=confirmed`)).toEqual([1]);
    const pages: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: { body: { items: Reservation[]; next_cursor: string | null } } = await desk.get(`/v1/reservations?guest_id=${person}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      pages.push(...body.items.map(({ id }) => id));
      cursor = body.next_cursor;
    }
    expect(pages).toEqual(made5.map(({ id }) => id));
  });

  it.each(['limit=0', 'status=nonsense', 'arrival_from=2027-02-30', 'cursor=x', 'property_id=1'])('refuses %s', async (query) => {
    expect(await desk.get(`/v1/reservations?${query}`)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });
});
