/** What reservations hears and what it tells, over real Kafka: late, twice, out of order, after a crash. */
import { randomUUID } from 'node:crypto';
import type { DomainEvent } from '@tartware/kit/events';
import { addDays } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Api, Platform, Tenant } from './platform.ts';
import { act, ask, bodyOf, makeGuest, read, reserve, withoutWritesTo } from './reservations-desk.ts';
import type { Reservation } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';
import { eventOf, publish, settled } from './rooms-publish.ts';

let platform: Platform;
let desk: Api;
let house: House;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations'], { events: true, programs: ['reservations'] });
  desk = platform.api(DEMO, 'operator');
  house = await buildHouse(desk, DEMO.propertyId, { rooms: 10 });
});

afterAll(() => platform.stop());

const soldOf = async (of: House): Promise<number> =>
  (await platform.sql<{ sold: number }>('select coalesce(sum(sold), 0)::int as sold from rooms.inventory where room_type_id = $1', [of.roomTypeId]))[0]?.sold ?? 0;

const merged = (tenant: Tenant, from: string, into: string): DomainEvent => eventOf({ tenant_id: tenant.id, type: 'guest.merged', aggregate_id: from, version: 9, property_id: null, data: { from, into } });

describe('what is announced', () => {
  it('reaches those who listen: rooms gives the nights back, billing has the folio, and nothing is left to send', async () => {
    const guest = await makeGuest(desk);
    const stay = await reserve(desk, house, guest, { from: 40, nights: 2 });
    made(await desk.patch<Reservation>(`/v1/reservations/${stay.id}`, { departure: addDays(stay.departure, 1) }, { version: 1 }), 200);
    expect(await soldOf(house)).toBe(3);
    await expect.poll(() => platform.sql('select departure::text from billing.folios where reservation_id = $1', [stay.id]), { timeout: 30_000 }).toEqual([{ departure: addDays(stay.departure, 1) }]);
    made(await act(desk, stay.id, 'cancel'), 200);
    await expect.poll(() => soldOf(house), { timeout: 30_000 }).toBe(0);
    await expect.poll(() => platform.sql('select from reservations.outbox'), { timeout: 30_000 }).toEqual([]);
  });

  it('of a group that could not be had as a whole gives back what was taken', async () => {
    const full = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const guest = await makeGuest(desk);
    const member = Object.fromEntries(Object.entries(bodyOf(full, guest)).filter(([name]) => name !== 'property_id'));
    const refused = await desk.post('/v1/groups', { property_id: full.propertyId, name: 'Too many', reservations: [member, member, member] }, { key: randomUUID() });
    expect(refused).toMatchObject({ status: 409, body: { code: 'group_not_available' } });
    await expect.poll(() => soldOf(full), { timeout: 30_000 }).toBe(0);
    expect(await platform.sql('select from billing.folios f join reservations.reservations r on r.id = f.reservation_id where r.room_type_id = $1 and f.balance_minor <> 0', [full.roomTypeId])).toEqual([]);
  });
});

describe('a guest', () => {
  it('who is merged into another takes the reservations along, once, and a new one is the survivor\'s', async () => {
    const [from, into] = [await makeGuest(desk, 'Twin'), await makeGuest(desk, 'Twin')];
    const booked = await reserve(desk, house, from);
    const waiting = made(await desk.post<{ id: string }>('/v1/waitlist', bodyOf(house, from, { from: 300 }))).body;
    made(await desk.post(`/v1/guests/${from}/merge`, { into }, { key: randomUUID() }), 200);
    await expect.poll(() => read(desk, booked.id), { timeout: 30_000 }).toMatchObject({ guest_id: into, version: 2 });
    expect(await platform.sql('select guest_id from reservations.waitlist_entries where id = $1', [waiting.id])).toEqual([{ guest_id: into }]);
    expect(await reserve(desk, house, from)).toMatchObject({ guest_id: into });
    // The same again, and twice, changes nothing more.
    const again = merged(DEMO, from, into);
    await publish(platform, 'guests', [again, again, again]);
    await settled(platform, 'reservations', 'guests', [again.id]);
    expect((await read(desk, booked.id)).version).toBe(2);
  });

  it('at the end of a chain of merges has the reservations of all, in whatever order they are told', async () => {
    const chain = await Promise.all([1, 2, 3, 4].map(() => makeGuest(desk)));
    const stays = await Promise.all(chain.map((guest) => reserve(desk, house, guest, { from: 120 })));
    const links = [0, 1, 2].map((link) => merged(DEMO, chain[link]!, chain[link + 1]!));
    for (const link of [1, 2, 0]) {
      await publish(platform, 'guests', [links[link]!]);
      await settled(platform, 'reservations', 'guests', [links[link]!.id]);
    }
    expect(new Set((await Promise.all(stays.map(({ id }) => read(desk, id)))).map(({ guest_id }) => guest_id))).toEqual(new Set([chain[3]]));
  });

  it('who is erased waits for nothing any more and cannot reserve', async () => {
    const guest = await makeGuest(desk, 'Forgotten');
    const waiting = made(await desk.post<{ id: string }>('/v1/waitlist', bodyOf(house, guest, { from: 300 }))).body;
    made(await platform.api(DEMO, 'manager').post(`/v1/guests/${guest}/erase`, {}, { key: randomUUID() }), 200);
    await expect.poll(() => platform.sql('select status from reservations.waitlist_entries where id = $1', [waiting.id]), { timeout: 30_000 }).toEqual([{ status: 'cancelled' }]);
    const refused = await desk.post('/v1/reservations', bodyOf(house, guest), { key: randomUUID() });
    expect(refused).toMatchObject({ status: 422, body: { code: 'guest_unknown' } });
  });

  it('of another tenant is not followed, whatever an event claims', async () => {
    const guest = await makeGuest(desk);
    const booked = await reserve(desk, house, guest);
    const foreign = merged(OTHER, guest, randomUUID());
    await publish(platform, 'guests', [foreign]);
    await settled(platform, 'reservations', 'guests', [foreign.id]);
    expect(await read(desk, booked.id)).toEqual(booked);
  });
});

describe('the waitlist', () => {
  it('hears that a room came free and offers it, though the service was killed meanwhile', async () => {
    const full = await buildHouse(desk, DEMO.propertyId, { rooms: 1 });
    const guest = await makeGuest(desk);
    const booked = await reserve(desk, full, guest, { from: 3 });
    const waiting = made(await desk.post<{ id: string }>('/v1/waitlist', bodyOf(full, guest, { from: 4 }))).body;
    const status = async (): Promise<unknown> => (await platform.sql<{ status: string; look: boolean }>('select status, look from reservations.waitlist_entries where id = $1', [waiting.id]))[0];
    await expect.poll(status, { timeout: 30_000 }).toEqual({ status: 'waiting', look: false });
    made(await act(desk, booked.id, 'cancel'), 200);
    await platform.end('reservations', 'killed');
    await platform.start('reservations');
    await expect.poll(status, { timeout: 30_000 }).toMatchObject({ status: 'offered' });
  });

  it('gives an entry to one of those who take it up at once, and one room is sold', async () => {
    const own = await buildHouse(desk, DEMO.propertyId, { rooms: 5 });
    const guest = await makeGuest(desk);
    const { id } = made(await desk.post<{ id: string }>('/v1/waitlist', bodyOf(own, guest, { from: 4 }))).body;
    const query = new URLSearchParams({ property_id: own.propertyId, room_type_id: own.roomTypeId, rate_plan_id: own.ratePlanId, arrival: addDays(own.today, 4), departure: addDays(own.today, 6), adults: '2' });
    const available = async (): Promise<unknown> => (await desk.get<{ offers: { available: number }[] }>(`/v1/availability?${query.toString()}`)).body.offers[0]?.available;
    expect(await available()).toBe(5);
    const keys = Array.from({ length: 3 }, () => randomUUID());
    const takeUp = (key: string): ReturnType<typeof ask> => ask(desk, own, guest, { from: 4, key, more: { waitlist_entry_id: id } });
    const asking = await withoutWritesTo(platform, 'rooms.allocations', async () => {
      const sent = keys.map(takeUp);
      // All of them found the entry open before the first has its room.
      await expect.poll(() => platform.sql('select from reservations.reservations where room_type_id = $1 and status = \'requested\'', [own.roomTypeId]), { timeout: 5_000 }).toHaveLength(3);
      return { sent };
    });
    const answers = await Promise.all(asking.sent);
    expect(answers.map(({ status, body }) => [status, body['code'] ?? body.status]).sort()).toEqual([[201, 'confirmed'], [409, 'waitlist_entry_taken'], [409, 'waitlist_entry_taken']]);
    await expect.poll(available, { timeout: 30_000 }).toBe(4);
    expect(await platform.sql('select status from reservations.waitlist_entries where id = $1', [id])).toEqual([{ status: 'booked' }]);
    // Asked again, each hears what it heard.
    expect((await Promise.all(keys.map(takeUp))).map(({ status }) => status)).toEqual(answers.map(({ status }) => status));
  });
});

describe('a setting', () => {
  it('that is changed counts from then on', async () => {
    const manager = platform.api(DEMO, 'manager');
    const own = await buildHouse(desk, DEMO.propertyId, { rooms: 1 });
    const guest = await makeGuest(desk);
    const stay = await reserve(desk, own, guest, { from: 0 });
    made(await act(desk, stay.id, 'assign-room', { room_id: own.roomIds[0] }), 200);
    made(await manager.put(`/v1/settings/reservations.check_in_condition?property_id=${DEMO.propertyId}`, { value: 'inspected' }, { version: 0 }), 200);
    expect(await act(desk, stay.id, 'check-in')).toMatchObject({ status: 409, body: { code: 'room_not_ready' } });
    made(await manager.put(`/v1/settings/reservations.check_in_condition?property_id=${DEMO.propertyId}`, { value: 'clean' }, { version: 1 }), 200);
    await expect.poll(async () => (await act(desk, stay.id, 'check-in')).status, { timeout: 30_000 }).toBe(200);
  });
});
