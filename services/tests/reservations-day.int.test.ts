/** The close of a day, groups and the waitlist. Invariant 9 as far as reservations go: a day ends once, however often it is asked. */
import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { act, ask, bodyOf, makeGuest, makeReady, read, reserve } from './reservations-desk.ts';
import type { Reservation } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

interface Closed extends Record<string, unknown> {
  date: string;
  in_house: { reservation_id: string; room_id: string; guest_id: string; amount_minor: number; currency: string }[];
  no_shows: { reservation_id: string; fee_minor: number }[];
}

let platform: Platform;
let manager: Api;
let inside: Api;
let guest: string;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations']);
  manager = platform.api(DEMO, 'manager');
  inside = await platform.internal('reservations', DEMO, 'billing');
  guest = await makeGuest(manager);
});

afterAll(() => platform.stop());

const close = (property_id: string, date: string): Promise<Answer<Closed>> => inside.post<Closed>('/internal/business-days/close', { property_id, date });

/** A property of its own: closing its day disturbs no other test. */
async function newHouse(rooms = 3): Promise<House> {
  const code = `P${randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase()}`;
  const { id } = made(await manager.post<{ id: string }>('/v1/properties', { code, name: 'Close', time_zone: 'Pacific/Kiritimati', currency: 'NZD' })).body;
  return buildHouse(manager, id, { rooms, amount: 20_000 });
}

async function checkedIn(house: House, room: number, nights: number): Promise<Reservation> {
  const room_id = house.roomIds[room] ?? '';
  await makeReady(manager, room_id, 'clean');
  const stay = await reserve(manager, house, guest, { from: 0, nights });
  made(await act(manager, stay.id, 'assign-room', { room_id }), 200);
  return made(await act(manager, stay.id, 'check-in'), 200).body;
}

describe('the close of a day', () => {
  it('marks who did not come, tells who is in house and moves the date on, once for all who ask', async () => {
    const house = await newHouse();
    const stay = await checkedIn(house, 0, 2);
    const missing = await reserve(manager, house, guest, { from: 0, nights: 2 });
    const later = await reserve(manager, house, guest, { from: 1, nights: 1 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => close(house.propertyId, house.today)));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body])))).toHaveProperty('size', 1);
    expect(answers[0]).toMatchObject({
      status: 200,
      body: {
        date: house.today,
        in_house: [{ reservation_id: stay.id, room_id: house.roomIds[0], guest_id: guest, amount_minor: 20_000, currency: 'NZD' }],
        no_shows: [{ reservation_id: missing.id, fee_minor: 40_000 }],
      },
    });
    expect(await read(manager, missing.id)).toMatchObject({ status: 'no_show', cancellation_fee_minor: 40_000, version: 2 });
    expect((await read(manager, later.id)).status).toBe('confirmed');
    expect(await platform.sql('select from reservations.outbox where type = \'reservation.no_show\' and aggregate_id = $1', [missing.id])).toHaveLength(1);
    expect(await platform.sql('select business_date::text from reservations.properties where id = $1', [house.propertyId])).toEqual([{ business_date: addDays(house.today, 1) }]);
    // What happens afterwards does not change what was told.
    made(await act(manager, later.id, 'cancel'), 200);
    expect((await close(house.propertyId, house.today)).body).toEqual(answers[0]?.body);
  });

  it('knows only the day that the property is at', async () => {
    const house = await newHouse();
    for (const days of [-1, 1]) {
      expect(await close(house.propertyId, addDays(house.today, days))).toMatchObject({ status: 409, body: { code: 'business_date_moved' } });
    }
    expect(await close(OTHER.propertyId, house.today)).toMatchObject({ status: 422, body: { code: 'property_unknown' } });
    expect(await manager.post(`/internal/business-days/close`, {}, {}).catch((error: unknown) => error)).toBeInstanceOf(Error);
  });

  it('waits for guests who were to leave, until they stay longer or are gone', async () => {
    const house = await newHouse();
    const stay = await checkedIn(house, 0, 1);
    made(await close(house.propertyId, house.today), 200);
    const tomorrow = addDays(house.today, 1);
    expect(await close(house.propertyId, tomorrow)).toMatchObject({ status: 409, body: { code: 'departures_due', errors: [{ field: `/${stay.id}` }] } });
    made(await manager.patch(`/v1/reservations/${stay.id}`, { departure: addDays(tomorrow, 1) }, { headers: { 'if-match': '*' } }), 200);
    expect((await close(house.propertyId, tomorrow)).body.in_house).toMatchObject([{ reservation_id: stay.id, amount_minor: 20_000 }]);
    // Who sleeps here leaves when billing has charged the night, which nobody has asked it to.
    expect(await act(manager, stay.id, 'check-out')).toMatchObject({ status: 503, body: { code: 'night_audit_running' } });
  });

  it('and check-ins at the same moment: each guest is either in house or did not come, and is told so', async () => {
    const house = await newHouse(6);
    const stays: Reservation[] = [];
    for (const room_id of house.roomIds) {
      await makeReady(manager, room_id, 'clean');
      const stay = await reserve(manager, house, guest, { from: 0, nights: 2 });
      stays.push(made(await act(manager, stay.id, 'assign-room', { room_id }), 200).body);
    }
    const [closed, ...checkIns] = await Promise.all([close(house.propertyId, house.today), ...stays.map(({ id }) => act(manager, id, 'check-in'))]);
    const inHouse = stays.filter((_stay, index) => checkIns[index]?.status === 200).map(({ id }) => id);
    expect(closed.body.in_house.map(({ reservation_id }) => reservation_id).sort()).toEqual(inHouse.sort());
    expect(closed.body.no_shows).toHaveLength(6 - inHouse.length);
    expect(checkIns.filter(({ status, body }) => status !== 200 && body['code'] !== 'transition_illegal')).toEqual([]);
  });

  it('charges nobody for not coming where the settings say so', async () => {
    const house = await newHouse();
    made(await manager.put(`/v1/settings/reservations.no_show_fee?property_id=${house.propertyId}`, { value: 'none' }, { version: 0 }), 200);
    const missing = await reserve(manager, house, guest, { from: 0 });
    made(await close(house.propertyId, house.today), 200);
    expect(await read(manager, missing.id)).toMatchObject({ status: 'no_show', cancellation_fee_minor: 0 });
  });
});

describe('a group', () => {
  const member = (house: House, from: number, nights = 2): Record<string, unknown> => Object.fromEntries(Object.entries(bodyOf(house, guest, { from, nights })).filter(([name]) => name !== 'property_id'));
  const book = (house: House, reservations: object[], more: object = {}, key: string = randomUUID()): ReturnType<typeof manager.post<GroupBody>> =>
    manager.post<GroupBody>('/v1/groups', { property_id: house.propertyId, name: 'Rossi', reservations, ...more }, { key });
  interface GroupBody extends Record<string, unknown> {
    id: string;
    status: string;
    reservations: Reservation[];
  }

  it('is had as a whole', async () => {
    const house = await newHouse(3);
    const key = randomUUID();
    const { status, body, headers } = await book(house, [member(house, 1), member(house, 1), member(house, 2)], {}, key);
    expect([status, headers.get('location'), body.status]).toEqual([201, `/v1/groups/${body.id}`, 'confirmed']);
    expect(body.reservations.map((one) => [one.status, one['group_id'], one.total_minor])).toEqual(Array.from({ length: 3 }, () => ['confirmed', body.id, 40_000]));
    expect((await manager.get<GroupBody>(`/v1/groups/${body.id}`)).body).toEqual(body);
    expect((await book(house, [member(house, 1), member(house, 1), member(house, 2)], {}, key)).body).toEqual(body);
    expect((await manager.get<{ items: { id: string }[] }>(`/v1/groups?property_id=${house.propertyId}`)).body.items.map(({ id }) => id)).toEqual([body.id]);
  });

  it('is not had at all when one cannot be, and what was taken is given back; or as far as it can be', async () => {
    const house = await newHouse(2);
    const wanted = [member(house, 1), member(house, 1), member(house, 1)];
    const refused = await book(house, wanted);
    expect(refused).toMatchObject({ status: 409, body: { code: 'group_not_available', errors: [{ field: expect.stringMatching(/^\/reservations\/[012]$/) as string, message: expect.stringContaining('sold_out') as string }] } });
    const given = await platform.sql<{ status: string; type: string }>(`select r.status, o.type from reservations.reservations r left join reservations.outbox o on o.aggregate_id = r.id where r.room_type_id = $1 order by 1`, [house.roomTypeId]);
    expect(given.map(({ status, type }) => [status, type])).toEqual([['cancelled', 'reservation.cancelled'], ['cancelled', 'reservation.cancelled'], ['rejected', null]]);
    const other = await newHouse(2);
    const { status, body } = await book(other, [member(other, 1), member(other, 1), member(other, 1)], { mode: 'as_available' });
    expect([status, body.reservations.map((one) => one.status).sort()]).toEqual([201, ['confirmed', 'confirmed', 'rejected']]);
  });

  it('is cancelled together, but for who is in house', async () => {
    const house = await newHouse(3);
    const { body } = await book(house, [member(house, 0), member(house, 0), member(house, 5)]);
    const [first] = body.reservations;
    const room_id = house.roomIds[0] ?? '';
    await makeReady(manager, room_id, 'clean');
    made(await act(manager, first?.id ?? '', 'assign-room', { room_id }), 200);
    made(await act(manager, first?.id ?? '', 'check-in'), 200);
    const cancelled = made(await manager.post<GroupBody>(`/v1/groups/${body.id}/cancel`), 200).body;
    expect([cancelled.status, cancelled.reservations.map((one) => [one.status, one['cancellation_fee_minor']])]).toEqual(['confirmed', [['in_house', null], ['cancelled', 20_000], ['cancelled', 0]]]);
    expect(await manager.post(`/v1/groups/${body.id}/cancel`)).toMatchObject({ status: 409, body: { code: 'transition_illegal' } });
  });

  it.each([
    ['nobody', (_house: House) => [], 400, 'validation_failed'],
    ['a stranger', (house: House) => [{ ...member(house, 1), guest_id: randomUUID() }], 422, 'guest_unknown'],
    ['an arrival in the past', (house: House) => [member(house, 1), member(house, -3)], 422, 'stay_invalid'],
  ] as const)('of %s is refused before anything is taken', async (_name, members, status, code) => {
    const house = await newHouse();
    expect(await book(house, members(house))).toMatchObject({ status, body: { code } });
    expect(await platform.sql('select from rooms.allocations where room_type_id = $1', [house.roomTypeId])).toEqual([]);
  });
});

describe('the waitlist', () => {
  const wait = (house: House, from: number): ReturnType<typeof manager.post<Entry>> => manager.post<Entry>('/v1/waitlist', bodyOf(house, guest, { from, nights: 2 }));
  interface Entry extends Record<string, unknown> {
    id: string;
    status: string;
  }
  const entryOf = async (house: House, id: string): Promise<Entry | undefined> =>
    (await manager.get<{ items: Entry[] }>(`/v1/waitlist?property_id=${house.propertyId}`)).body.items.find((entry) => entry.id === id);

  it('offers what is free to as many as there are rooms, the first who waits first', async () => {
    const house = await newHouse(1);
    const first = made(await wait(house, 3)).body;
    const second = made(await wait(house, 4)).body;
    await expect.poll(() => entryOf(house, first.id), { timeout: 30_000 }).toMatchObject({ status: 'offered', offer: { total_minor: 40_000, currency: 'NZD' }, offered_until: expect.any(String) as string });
    expect((await entryOf(house, second.id))?.status).toBe('waiting');
    const booked = await ask(manager, house, guest, { from: 3, more: { waitlist_entry_id: first.id } });
    expect(booked.status).toBe(201);
    expect((await entryOf(house, first.id))?.status).toBe('booked');
  });

  it('asks the next when an offer was not taken up in time', async () => {
    const house = await newHouse(1);
    const first = made(await wait(house, 3)).body;
    await expect.poll(async () => (await entryOf(house, first.id))?.status, { timeout: 30_000 }).toBe('offered');
    const second = made(await wait(house, 4)).body;
    await platform.sql('update reservations.waitlist_entries set offered_until = now() - interval \'1 second\' where id = $1', [first.id]);
    await expect.poll(async () => [(await entryOf(house, first.id))?.status, (await entryOf(house, second.id))?.status], { timeout: 30_000 }).toEqual(['expired', 'offered']);
  });

  it('takes up an entry for the stay that it asks for, and no other', async () => {
    const house = await newHouse(1);
    const { id } = made(await wait(house, 3)).body;
    const more = { waitlist_entry_id: id };
    const other = { guest_id: await makeGuest(manager), arrival: addDays(house.today, 4), departure: addDays(house.today, 6) };
    const { status, body } = await ask(manager, house, guest, { from: 3, more: { ...more, ...other } });
    expect([status, body['code'], (body['errors'] as { field: string }[]).map(({ field }) => field)]).toEqual([422, 'waitlist_entry_differs', ['/guest_id', '/arrival', '/departure']]);
    expect(await platform.sql('select from reservations.reservations where room_type_id = $1', [house.roomTypeId])).toEqual([]);
    expect((await ask(manager, house, guest, { from: 3, more })).status).toBe(201);
  });

  it.each(['booked', 'cancelled', 'expired'])('takes up no entry that is %s', async (status) => {
    const house = await newHouse(1);
    const { id } = made(await wait(house, 3)).body;
    await platform.sql('update reservations.waitlist_entries set status = $2, offered_until = null where id = $1', [id, status]);
    expect(await ask(manager, house, guest, { from: 3, more: { waitlist_entry_id: id } })).toMatchObject({ status: 409, body: { code: 'waitlist_entry_taken' } });
    expect(await platform.sql('select from reservations.reservations where room_type_id = $1', [house.roomTypeId])).toEqual([]);
  });

  it('is left by who asks for it, and when the day of arrival is over', async () => {
    const house = await newHouse(0);
    const [leaves, stays] = [made(await wait(house, 3)).body, made(await wait(house, 0)).body];
    expect((await manager.delete(`/v1/waitlist/${leaves.id}`)).status).toBe(204);
    expect((await manager.delete(`/v1/waitlist/${leaves.id}`)).status).toBe(204);
    expect((await manager.delete(`/v1/waitlist/${randomUUID()}`)).status).toBe(404);
    made(await close(house.propertyId, house.today), 200);
    expect([(await entryOf(house, leaves.id))?.status, (await entryOf(house, stays.id))?.status]).toEqual(['cancelled', 'expired']);
    expect(await ask(manager, house, guest, { more: { waitlist_entry_id: randomUUID() } })).toMatchObject({ status: 404 });
  });
});
