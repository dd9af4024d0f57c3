/** Invariants 1 and 4: many who want the same at once. */
import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { act, ask, bodyOf, makeGuest, makeReady, read, reserve } from './reservations-desk.ts';
import type { Reservation } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';

let platform: Platform;
let desk: Api;
let guest: string;

beforeAll(async () => {
  // Processes of their own: what 200 clients cost the test's process must not count as the services'.
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations'], { programs: ['core', 'rooms', 'guests', 'reservations'] });
  desk = platform.api(DEMO, 'operator');
  guest = await makeGuest(desk);
});

afterAll(() => platform.stop());

const codes = (answers: readonly Answer<Reservation>[]): string[] => answers.map(({ status, body }) => `${status} ${String(body['code'] ?? body.status)}`);
const count = (answers: readonly Answer<Reservation>[], what: string): number => codes(answers).filter((code) => code === what).length;

describe('one room', () => {
  it('is assigned to exactly one of 40 who ask at once; the others hear which nights are taken, not by whom', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 40 });
    const [room] = house.roomIds;
    const stays = await Promise.all(Array.from({ length: 40 }, () => reserve(desk, house, guest, { from: 4, nights: 3 })));
    const answers = await Promise.all(stays.map(({ id }) => act(desk, id, 'assign-room', { room_id: room })));
    expect([count(answers, '200 confirmed'), count(answers, '409 room_taken')]).toEqual([1, 39]);
    const refused = answers.find(({ status }) => status === 409)?.body;
    expect((refused?.['errors'] as { field: string }[]).map(({ field }) => field)).toEqual([4, 5, 6].map((day) => `/${addDays(house.today, day)}`));
    expect(JSON.stringify(refused)).not.toMatch(new RegExp(stays.map(({ id }) => id).concat(guest).join('|')));
  });

  it('takes one guest after the other on the same day', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 1 });
    const stays = await Promise.all([1, 3, 5, 7].map((from) => reserve(desk, house, guest, { from, nights: 2 })));
    const answers = await Promise.all(stays.map(({ id }) => act(desk, id, 'assign-room', { room_id: house.roomIds[0] })));
    expect(codes(answers)).toEqual(Array.from({ length: 4 }, () => '200 confirmed'));
  });

  it('is free again when its stay is cancelled, taken back or moved', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 4 });
    const room_id = house.roomIds[0];
    const [first, second, third, fourth] = await Promise.all([1, 2, 3, 4].map(() => reserve(desk, house, guest, { from: 2, nights: 2 })));
    made(await act(desk, first!.id, 'assign-room', { room_id }), 200);
    made(await act(desk, first!.id, 'cancel'), 200);
    made(await act(desk, second!.id, 'assign-room', { room_id }), 200);
    made(await act(desk, second!.id, 'unassign-room'), 200);
    made(await act(desk, third!.id, 'assign-room', { room_id }), 200);
    made(await desk.patch(`/v1/reservations/${third!.id}`, { arrival: addDays(house.today, 20), departure: addDays(house.today, 22) }, { headers: { 'if-match': '*' } }), 200);
    made(await act(desk, fourth!.id, 'assign-room', { room_id }), 200);
  });

  it('never has two stays in a night, whatever is assigned, moved, cancelled and taken back at once', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 12 });
    const rooms = house.roomIds.slice(0, 2);
    const stays = await Promise.all(Array.from({ length: 12 }, (_, index) => reserve(desk, house, guest, { from: 1 + (index % 5), nights: 1 + (index % 4) })));
    const step = fc.record({ stay: fc.nat(11), what: fc.constantFrom('assign', 'assign', 'assign', 'unassign', 'move'), room: fc.nat(1), from: fc.integer({ min: 1, max: 6 }), nights: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
      const answers = await Promise.all(steps.map(({ stay, what, room, from, nights }) => {
        const { id } = stays[stay]!;
        if (what === 'assign') return act(desk, id, 'assign-room', { room_id: rooms[room] });
        if (what === 'unassign') return act(desk, id, 'unassign-room');
        return desk.patch<Reservation>(`/v1/reservations/${id}`, { arrival: addDays(house.today, from), departure: addDays(house.today, from + nights) }, { headers: { 'if-match': '*' } });
      }));
      expect(codes(answers).filter((code) => !/^(200 confirmed|409 (room_taken|operation_in_progress|sold_out))$/.test(code))).toEqual([]);
      const doubles = await platform.sql(`select a.id from reservations.reservations a join reservations.reservations b
        on a.tenant_id = b.tenant_id and a.room_id = b.room_id and a.id < b.id and daterange(a.arrival, a.departure) && daterange(b.arrival, b.departure)
        where a.status in ('confirmed', 'in_house') and b.status in ('confirmed', 'in_house')`);
      expect(doubles).toEqual([]);
    }), { numRuns: 12, endOnFailure: true });
    // What rooms holds is what the reservations say.
    const [difference] = await platform.sql<{ count: number }>(`select count(*)::int as count from reservations.reservations r join rooms.allocations a on a.reservation_id = r.id
      where r.status = 'confirmed' and (a.arrival, a.departure, a.revision) is distinct from (r.arrival, r.departure, r.revision)`);
    expect(difference?.count).toBe(0);
  });

  it('is refused by the table even when no code asks before', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const [one, two] = await Promise.all([1, 2].map((from) => reserve(desk, house, guest, { from, nights: 2 })));
    const assign = (id: string): Promise<unknown> => platform.sql('update reservations.reservations set room_id = $2, version = version + 1 where id = $1', [id, house.roomIds[0]]);
    await assign(one!.id);
    await expect(assign(two!.id)).rejects.toMatchObject({ code: '23P01', constraint: 'one_stay_per_room_and_night' });
  });

  it('takes in one guest of two who check in at once, also when the one before stays on', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const room_id = house.roomIds[0]!;
    await makeReady(desk, room_id, 'clean');
    const stay = await reserve(desk, house, guest, { from: 0, nights: 1 });
    made(await act(desk, stay.id, 'assign-room', { room_id }), 200);
    const twice = await Promise.all([act(desk, stay.id, 'check-in'), act(desk, stay.id, 'check-in')]);
    expect(count(twice, '200 in_house')).toBe(1);
    const next = await reserve(desk, house, guest, { from: 1, nights: 1 });
    made(await act(desk, next.id, 'assign-room', { room_id }), 200);
    // As if a day had passed for the second alone.
    const checkIn = platform.sql('update reservations.reservations set status = \'in_house\', version = version + 1 where id = $1', [next.id]);
    await expect(checkIn).rejects.toMatchObject({ code: '23505', constraint: 'one_guest_in_a_room' });
  });
});

describe('the last room of a type', () => {
  it.each(['for the first time', 'again'])('goes to exactly one of 200 clients through the whole service: %s', async (time) => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 1 });
    const times: number[] = [];
    const answers = await Promise.all(Array.from({ length: 200 }, async () => {
      const start = performance.now();
      const answer = await ask(desk, house, guest, { from: 60, nights: 3 });
      times.push(performance.now() - start);
      return answer;
    }));
    expect([count(answers, '201 confirmed'), count(answers, '409 sold_out')], JSON.stringify([...new Set(codes(answers))])).toEqual([1, 199]);
    const held = await platform.sql('select from reservations.reservations where room_type_id = $1 and status not in (\'rejected\')', [house.roomTypeId]);
    expect(held).toHaveLength(1);
    times.sort((a, b) => a - b);
    process.stdout.write(`last room through reservations, 200 clients at once, ${time}: P50 ${Math.round(times[100] ?? 0)} ms, P99 ${Math.round(times[198] ?? 0)} ms\n`);
  });
});

describe('one request sent many times', () => {
  it('reserves once: while it runs the others hear so, afterwards all hear the same', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 30 });
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(desk, house, guest, { key })));
    expect(codes(answers).filter((code) => !['201 confirmed', '409 request_in_progress'].includes(code))).toEqual([]);
    const again = await ask(desk, house, guest, { key });
    expect([again.status, again.headers.get('idempotent-replayed'), again.headers.get('location')]).toEqual([201, 'true', `/v1/reservations/${again.body.id}`]);
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id))).toEqual(new Set([again.body.id]));
    expect(await platform.sql('select from reservations.reservations where room_type_id = $1', [house.roomTypeId])).toHaveLength(1);
    expect(await platform.sql('select from rooms.allocations where room_type_id = $1', [house.roomTypeId])).toHaveLength(1);
  });

  it.each([
    ['check-in', 'in_house'], ['check-out', 'checked_out'],
  ])('does one %s and answers it again', async (action, status) => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 1 });
    const room_id = house.roomIds[0]!;
    await makeReady(desk, room_id, 'clean');
    const stay = await reserve(desk, house, guest, { from: 0 });
    made(await act(desk, stay.id, 'assign-room', { room_id }), 200);
    if (action === 'check-out') made(await act(desk, stay.id, 'check-in'), 200);
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => act(desk, stay.id, action, {}, key)));
    expect(codes(answers).filter((code) => ![`200 ${status}`, '409 request_in_progress', '409 operation_in_progress'].includes(code))).toEqual([]);
    const again = await act(desk, stay.id, action, {}, key);
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.status]).toEqual([200, 'true', status]);
    expect((await read(desk, stay.id)).version).toBe(again.body.version);
    expect(await platform.sql('select from reservations.outbox where aggregate_id = $1 and version = $2', [stay.id, again.body.version])).toHaveLength(1);
  });

  it('with another body, by another route or for another reservation is 422, and does nothing', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 3 });
    const key = randomUUID();
    const first = await reserve(desk, house, guest, { key });
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } };
    expect(await ask(desk, house, guest, { key, nights: 3 })).toMatchObject(reused);
    expect(await act(desk, first.id, 'cancel', {}, key)).toMatchObject(reused);
    const cancelling = randomUUID();
    made(await act(desk, first.id, 'cancel', {}, cancelling), 200);
    expect(await ask(desk, house, guest, { key: cancelling })).toMatchObject(reused);
    expect(await desk.post('/v1/groups', { property_id: house.propertyId, name: 'Reused', reservations: [bodyWithoutProperty(house, guest)] }, { key })).toMatchObject(reused);
    expect(await platform.sql('select from reservations.reservations where room_type_id = $1', [house.roomTypeId])).toHaveLength(1);
  });

  it('is another request for another tenant', async () => {
    const other = platform.api(OTHER, 'operator');
    const theirs = await buildHouse(other, OTHER.propertyId, { rooms: 1 });
    const key = randomUUID();
    const mine = await reserve(desk, await buildHouse(desk, DEMO.propertyId), guest, { key });
    const yours = await reserve(other, theirs, await makeGuest(other), { key });
    expect(yours.id).not.toBe(mine.id);
  });

  it('that was refused leaves its key free', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 1 });
    const key = randomUUID();
    const taken = await reserve(desk, house, guest);
    expect(await ask(desk, house, guest, { key })).toMatchObject({ status: 409, body: { code: 'sold_out' } });
    await platform.sql('update rooms.inventory set sold = 0 where room_type_id = $1', [house.roomTypeId]);
    expect(await ask(desk, house, guest, { key })).toMatchObject({ status: 201 });
    expect(taken.status).toBe('confirmed');
  });
});

function bodyWithoutProperty(house: Parameters<typeof bodyOf>[0], person: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(bodyOf(house, person)).filter(([name]) => name !== 'property_id'));
}
