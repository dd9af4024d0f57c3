/** Invariant 7: no reservation takes a step that is none, whoever asks and by whatever way. Every pair is tried. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../reservations/model/reservation.ts';
import { DEMO, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { act, makeGuest, makeReady, reserve } from './reservations-desk.ts';
import type { Reservation } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

let platform: Platform;
let desk: Api;
let house: House;
/** One reservation in each status, by it. */
const inStatus = new Map<string, Reservation>();

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations']);
  desk = platform.api(DEMO, 'operator');
  house = await buildHouse(desk, DEMO.propertyId, { rooms: 9 });
  const guest = await makeGuest(desk);
  for (const [index, status] of STATUSES.entries()) {
    const reservation = await reserve(desk, house, guest, { from: 0 });
    const roomId = house.roomIds[index] ?? '';
    if (status === 'in_house' || status === 'checked_out') {
      await makeReady(desk, roomId, 'clean');
      made(await act(desk, reservation.id, 'assign-room', { room_id: roomId }), 200);
      made(await act(desk, reservation.id, 'check-in'), 200);
    }
    if (status === 'checked_out') made(await act(desk, reservation.id, 'check-out'), 200);
    if (status === 'cancelled') made(await act(desk, reservation.id, 'cancel'), 200);
    // These are left within milliseconds, or reached at night only.
    if (status === 'no_show') await put(reservation.id, 'no_show', ', cancellation_fee_minor = 0');
    if (['requested', 'rejected'].includes(status)) await put(reservation.id, status);
    inStatus.set(status, reservation);
  }
});

afterAll(() => platform.stop());

/** Past the trigger, as only the owner can. */
async function put(id: string, status: string, more = ''): Promise<void> {
  await platform.sql(`with quiet as (select set_config('session_replication_role', 'replica', true)) update reservations.reservations set status = '${status}'${more} from quiet where id = $1`, [id]);
}

const of = (status: string): Reservation => inStatus.get(status) ?? expect.fail(`There is none that is ${status}.`);
const stateOf = (id: string): Promise<object[]> => platform.sql('select status, version, updated_at from reservations.reservations where id = $1', [id]);

type Try = (id: string) => Promise<Answer<Reservation>>;
const ACTIONS: Record<string, { legal: string[]; try: Try }> = {
  'change': { legal: ['confirmed', 'in_house'], try: async (id) => desk.patch<Reservation>(`/v1/reservations/${id}`, { adults: 1 }, { headers: { 'if-match': '*' } }) },
  'assign-room': { legal: ['confirmed'], try: (id) => act(desk, id, 'assign-room', { room_id: house.roomIds[8] }) },
  'unassign-room': { legal: ['confirmed'], try: (id) => act(desk, id, 'unassign-room') },
  'cancel': { legal: ['confirmed'], try: (id) => act(desk, id, 'cancel') },
  'check-in': { legal: ['confirmed'], try: (id) => act(desk, id, 'check-in') },
  'check-out': { legal: ['in_house'], try: (id) => act(desk, id, 'check-out') },
};
const pairs = STATUSES.flatMap((status) => Object.keys(ACTIONS).map((action) => [status, action] as const));

describe('through the API', () => {
  it.each(pairs.filter(([status, action]) => !ACTIONS[action]?.legal.includes(status)))('%s never allows to %s: 409, and nothing changes', async (status, action) => {
    const { id } = of(status);
    const before = await stateOf(id);
    expect(await ACTIONS[action]?.try(id)).toMatchObject({ status: 409, body: { code: 'transition_illegal', detail: expect.stringContaining(status) as string } });
    expect(await stateOf(id)).toEqual(before);
    expect(await platform.sql('select from reservations.operations where state = \'running\'')).toEqual([]);
  });

  it('an action that is none, on a reservation that is none, is not found', async () => {
    expect(await act(desk, of('confirmed').id, 'explode')).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    expect(await act(desk, randomUUID(), 'cancel')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

const LEGAL = [
  'requested confirmed', 'requested rejected', 'requested cancelled', 'confirmed in_house', 'confirmed cancelled', 'confirmed no_show', 'in_house checked_out',
];

describe('in the table itself, where no code of ours stands before it', () => {
  const steps = STATUSES.flatMap((from) => STATUSES.filter((to) => to !== from).map((to) => [from, to] as const));

  it.each(steps.filter((step) => !LEGAL.includes(step.join(' '))))('%s never becomes %s', async (from, to) => {
    const fee = ['cancelled', 'no_show'].includes(to) ? 0 : null;
    const step = platform.sql('update reservations.reservations set status = $2, cancellation_fee_minor = $3, version = version + 1 where id = $1', [of(from).id, to, fee]);
    await expect(step).rejects.toMatchObject({ code: '23514', constraint: 'legal_transition' });
  });

  it.each([-1, 2, 17])('a version never moves by %d', async (by) => {
    await expect(platform.sql('update reservations.reservations set version = version + $2 where id = $1', [of('confirmed').id, by])).rejects.toMatchObject({ code: '23514' });
  });

  it('no guest is in house without a room, no price is missing, no fee is where none is due', async () => {
    const broken = (set: string, status: string): Promise<unknown> => platform.sql(`update reservations.reservations set ${set} where id = $1`, [of(status).id]);
    await expect(broken('room_id = null', 'in_house')).rejects.toMatchObject({ code: '23514' });
    await expect(broken('total_minor = null', 'confirmed')).rejects.toMatchObject({ code: '23514' });
    await expect(broken('total_minor = -1', 'confirmed')).rejects.toMatchObject({ code: '23514' });
    await expect(broken('cancellation_fee_minor = 1', 'confirmed')).rejects.toMatchObject({ code: '23514' });
    await expect(broken('departure = arrival', 'confirmed')).rejects.toMatchObject({ code: '23514' });
  });
});
