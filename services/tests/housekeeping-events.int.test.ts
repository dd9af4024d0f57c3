import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import type { DomainEvent } from '@tartware/kit/events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEMO, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';
import { eventOf, publish, settled } from './rooms-publish.ts';

let platform: Platform;
let desk: Api;
let house: House;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'housekeeping'], { events: true });
  desk = platform.api(DEMO, 'operator');
  house = await buildHouse(desk, DEMO.propertyId, { rooms: 6, nights: 0 });
});

afterAll(() => platform.stop());

interface Status {
  room_id: string;
  number: string;
  condition: string;
  occupied: boolean;
  active: boolean;
}

async function roomOf(id: string): Promise<Status | undefined> {
  const { body } = made(await desk.get<{ items: Status[] }>(`/v1/housekeeping/rooms?property_id=${house.propertyId}&limit=200`), 200);
  return body.items.find(({ room_id }) => room_id === id);
}

function stayEvent(what: 'checked_in' | 'checked_out', reservation: string, room: string): DomainEvent {
  const free = { kind: 'none', amount_minor: 0 };
  const data = {
    id: reservation, revision: 1, property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, room_id: room, status: what === 'checked_in' ? 'in_house' : 'checked_out',
    arrival: house.today, departure: addDays(house.today, 1), adults: 1, children: 0, currency: 'EUR', nights: [{ date: house.today, amount_minor: 0 }], total_minor: 0,
    cancellation_policy: { free_until: null, free_until_days: null, free_until_time: '18:00', cancellation_fee: free, no_show_fee: free },
  };
  return eventOf({ type: `reservation.${what}`, tenant_id: DEMO.id, aggregate_id: reservation, version: what === 'checked_in' ? 3 : 4, property_id: house.propertyId, data });
}

async function tell(events: readonly DomainEvent[]): Promise<void> {
  await publish(platform, 'reservations', events);
  await settled(platform, 'housekeeping', 'reservations', events.map(({ id }) => id));
}

async function tasksOf(reservation: string): Promise<unknown[]> {
  return made(await desk.get<{ items: unknown[] }>(`/v1/housekeeping/tasks?reservation_id=${reservation}`), 200).body.items;
}

const shuffled = <Item>(items: readonly Item[]): Item[] => items.map((item) => ({ item, at: Math.random() })).sort((a, b) => a.at - b.at).map(({ item }) => item);

describe('the list of rooms', () => {
  it('follows what rooms tells, and keeps the state that is its own', async () => {
    const [id = ''] = house.roomIds;
    await vi.waitFor(async () => expect(await roomOf(id)).toMatchObject({ condition: 'clean', occupied: false }), { timeout: 20_000 });
    made(await desk.patch(`/v1/housekeeping/rooms/${id}`, { condition: 'dirty' }, { version: 1 }), 200);
    made(await desk.patch(`/v1/rooms/${id}`, { number: '0815', active: false }, { version: 1 }), 200);
    await vi.waitFor(async () => expect(await roomOf(id)).toMatchObject({ number: '0815', active: false, condition: 'dirty' }), { timeout: 20_000 });
  });
});

describe('a check-out', () => {
  it('leaves a dirty room and exactly one task, however often and in whatever order it is told', async () => {
    const stays = house.roomIds.slice(1, 5).map((room) => ({ room, reservation: randomUUID() }));
    const told = stays.flatMap(({ room, reservation }) => [stayEvent('checked_in', reservation, room), stayEvent('checked_out', reservation, room), stayEvent('checked_out', reservation, room)]);
    await tell(shuffled([...told, ...told, ...told]));
    await tell(shuffled(told));
    // A newer version that tells of the same check-out once more, when the room was cleaned meanwhile.
    const [again = { room: '', reservation: '' }] = stays;
    made(await desk.patch(`/v1/housekeeping/rooms/${again.room}`, { condition: 'clean' }, { headers: { 'if-match': '*' } }), 200);
    await tell([{ ...stayEvent('checked_out', again.reservation, again.room), version: 5 }]);
    expect(await roomOf(again.room)).toMatchObject({ condition: 'clean', occupied: false });
    made(await desk.patch(`/v1/housekeeping/rooms/${again.room}`, { condition: 'dirty' }, { headers: { 'if-match': '*' } }), 200);
    for (const { room, reservation } of stays) {
      expect(await tasksOf(reservation)).toMatchObject([{ kind: 'checkout_clean', state: 'open', room_id: room, due_date: addDays(house.today, 1), version: 1 }]);
      expect(await roomOf(room)).toMatchObject({ condition: 'dirty', occupied: false });
    }
    const [one] = await platform.sql<{ count: number }>('select count(*)::int from housekeeping.tasks where reservation_id = any($1::uuid[])', [stays.map(({ reservation }) => reservation)]);
    expect(one).toEqual({ count: 4 });
    await expect(platform.sql('insert into housekeeping.tasks (tenant_id, property_id, room_id, kind, reservation_id) select tenant_id, property_id, room_id, kind, reservation_id from housekeeping.tasks where reservation_id = $1', [again.reservation]))
      .rejects.toThrow('one_task_per_stay_and_kind');
  });

  it('does not put out the next guest, who was told of first', async () => {
    const [, , , , , room = ''] = house.roomIds;
    const [leaving, coming] = [randomUUID(), randomUUID()];
    await tell([stayEvent('checked_in', leaving, room)]);
    expect(await roomOf(room)).toMatchObject({ condition: 'clean', occupied: true });
    await tell([stayEvent('checked_in', coming, room)]);
    await tell([stayEvent('checked_out', leaving, room)]);
    expect(await roomOf(room)).toMatchObject({ condition: 'dirty', occupied: true });
    await tell([stayEvent('checked_out', coming, room)]);
    expect(await roomOf(room)).toMatchObject({ occupied: false });
    expect([(await tasksOf(leaving)).length, (await tasksOf(coming)).length]).toEqual([1, 1]);
  });

  it('of a room that nobody has told of yet is kept until the room is known', async () => {
    const [room, reservation] = [randomUUID(), randomUUID()];
    await tell([stayEvent('checked_out', reservation, room)]);
    expect(await roomOf(room)).toMatchObject({ number: null, condition: 'dirty' });
    const created = eventOf({ type: 'room.created', tenant_id: DEMO.id, aggregate_id: room, version: 1, property_id: house.propertyId, data: { id: room, property_id: house.propertyId, room_type_id: house.roomTypeId, number: '999', floor: 9, active: true } });
    await publish(platform, 'rooms', [created]);
    await settled(platform, 'housekeeping', 'rooms', [created.id]);
    expect(await roomOf(room)).toMatchObject({ number: '999', condition: 'dirty' });
  });
});
