/** Invariant 4 for operations: the service is killed at every step of every operation, and what was asked happens once. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addDays } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { act, bodyOf, makeGuest, makeReady, reserve } from './reservations-desk.ts';
import type { Reservation } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

let platform: Platform;
let desk: Api;
let guest: string;

/** Names the step to die at. */
let crashFile: string;

beforeAll(async () => {
  crashFile = join(await mkdtemp(join(tmpdir(), 'tartware-crash-')), 'step');
  await writeFile(crashFile, '');
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations'], {
    mains: { reservations: fileURLToPath(new URL('./reservations-crash-main.ts', import.meta.url)) },
    env: { reservations: { CRASH_FILE: crashFile } },
  });
  desk = platform.api(DEMO, 'operator');
  guest = await makeGuest(desk);
});

afterAll(async () => {
  await platform.stop();
  await rm(dirname(crashFile), { recursive: true });
});

/** What is asked, and what has happened when it has happened once. */
interface Case {
  send: (key: string) => Promise<Answer>;
  /** Nights sold in the house, events in the outbox by type, status of the reservations that are not rejected. */
  after: { sold: number; events: string[]; statuses: string[] };
  house: House;
  before: string[];
}

const CASES: Record<string, () => Promise<Case>> = {
  async reserve() {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const send = (key: string): Promise<Answer> => desk.post('/v1/reservations', bodyOf(house, guest), { key });
    return { house, send, before: [], after: { sold: 2, events: ['reservation.confirmed'], statuses: ['confirmed'] } };
  },
  async change() {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
    const { id, arrival } = await reserve(desk, house, guest);
    const send = (key: string): Promise<Answer> => desk.patch(`/v1/reservations/${id}`, { departure: addDays(arrival, 5) }, { key, version: 1 });
    return { house, send, before: [id], after: { sold: 5, events: ['reservation.confirmed', 'reservation.changed'], statuses: ['confirmed'] } };
  },
  async check_in() {
    const { house, stay } = await assigned();
    return {
      house, before: [stay.id], send: (key) => act(desk, stay.id, 'check-in', {}, key),
      after: { sold: 2, events: ['reservation.confirmed', 'reservation.room_assigned', 'reservation.checked_in'], statuses: ['in_house'] },
    };
  },
  async check_out() {
    const { house, stay } = await assigned();
    made(await act(desk, stay.id, 'check-in'), 200);
    return {
      house, before: [stay.id], send: (key) => act(desk, stay.id, 'check-out', {}, key),
      after: { sold: 2, events: ['reservation.confirmed', 'reservation.room_assigned', 'reservation.checked_in', 'reservation.checked_out'], statuses: ['checked_out'] },
    };
  },
  async group() {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 7 });
    const reservations = Array.from({ length: 7 }, () => ({ ...bodyOf(house, guest), property_id: undefined }));
    const send = (key: string): Promise<Answer> => desk.post('/v1/groups', { property_id: house.propertyId, name: 'Wedding', reservations }, { key });
    return { house, send, before: [], after: { sold: 14, events: Array.from({ length: 7 }, () => 'reservation.confirmed'), statuses: Array.from({ length: 7 }, () => 'confirmed') } };
  },
};

async function assigned(): Promise<{ house: House; stay: Reservation }> {
  const house = await buildHouse(desk, DEMO.propertyId, { rooms: 1 });
  const room_id = house.roomIds[0] ?? '';
  await makeReady(desk, room_id, 'clean');
  const stay = await reserve(desk, house, guest, { from: 0 });
  made(await act(desk, stay.id, 'assign-room', { room_id }), 200);
  return { house, stay };
}

/** The service dies with the request in its hands, and comes back. */
async function crash(at: string, { send }: Case, key: string): Promise<void> {
  await writeFile(crashFile, at);
  const answer = await send(key).catch((error: unknown) => error);
  await writeFile(crashFile, '');
  await startAgain();
  expect(answer, at).toMatchObject({ message: 'fetch failed' });
}

async function startAgain(): Promise<void> {
  await platform.end('reservations', 'killed');
  // A busy machine may take longer than one start is given.
  await platform.start('reservations').catch(() => platform.start('reservations'));
}

/** @returns whether there is an attempt that still has its time, however long the start took */
async function prolong(): Promise<boolean> {
  const running = await platform.sql('update reservations.operations set lease_until = now() + interval \'1 minute\' where state = \'running\' returning id');
  return running.length > 0;
}

/** Instead of waiting for as long as one attempt may take. */
async function lapse(): Promise<void> {
  await platform.sql('update reservations.operations set lease_until = now() - interval \'1 second\' where state = \'running\'');
}

async function state({ house }: Case): Promise<Case['after']> {
  const reservations = await platform.sql<{ id: string; status: string }>('select id, status from reservations.reservations where room_type_id = $1 and status <> \'rejected\' order by id', [house.roomTypeId]);
  const [inventory] = await platform.sql<{ sold: number }>('select coalesce(sum(sold), 0)::int as sold from rooms.inventory where room_type_id = $1', [house.roomTypeId]);
  const events = await platform.sql<{ type: string }>('select type from reservations.outbox where aggregate_id = any($1) order by sequence', [reservations.map(({ id }) => id)]);
  return { sold: inventory?.sold ?? 0, events: events.map(({ type }) => type), statuses: reservations.map(({ status }) => status) };
}

async function expectOnce(tried: Case): Promise<void> {
  expect(await state(tried)).toEqual(tried.after);
  expect(await platform.sql('select from reservations.operations where state = \'running\'')).toEqual([]);
  expect(await platform.sql('select from reservations.reservations where operation_id is not null')).toEqual([]);
  // Nothing is held by rooms that no reservation has.
  expect(await platform.sql('select from rooms.allocations a where not a.closed and not exists (select from reservations.reservations r where r.id = a.reservation_id and r.revision = a.revision)')).toEqual([]);
}

const kinds = Object.keys(CASES);

describe('killed, and asked again with the same key', () => {
  it.each(kinds.flatMap((kind) => ['written', 'called', 'finished'].map((step) => `${kind}.${step}`)))('at %s it happens once', async (at) => {
    const tried = await CASES[at.split('.')[0] ?? '']!();
    const key = randomUUID();
    await crash(at, tried, key);
    if (await prolong()) expect(await tried.send(key)).toMatchObject({ status: 409, body: { code: 'request_in_progress' } });
    await lapse();
    // Either this request carries it on, or the sweeper has it in this very moment.
    await expect.poll(async () => (await tried.send(key)).status, { timeout: 30_000 }).toBeLessThan(300);
    expect((await tried.send(key)).headers.get('idempotent-replayed')).toBe('true');
    await expectOnce(tried);
  });
});

describe('killed, and never asked again', () => {
  it.each(kinds.flatMap((kind) => ['written', 'called'].map((step) => `${kind}.${step}`)))('at %s the sweeper carries it to its end', async (at) => {
    const tried = await CASES[at.split('.')[0] ?? '']!();
    await crash(at, tried, randomUUID());
    await lapse();
    await expect.poll(() => state(tried), { timeout: 30_000 }).toEqual(tried.after);
    await expectOnce(tried);
  });
});

it('killed again while the sweeper carries it on, it still happens once', async () => {
  const tried = await CASES['reserve']!();
  await crash('reserve.called', tried, randomUUID());
  for (const at of ['reserve.called', 'reserve.finished']) {
    await writeFile(crashFile, at);
    await lapse();
    await expect.poll(() => fetch(platform.urls.reservations).then(() => 'alive', () => 'dead'), { timeout: 30_000 }).toBe('dead');
    await writeFile(crashFile, '');
    await startAgain();
  }
  expect(await state(tried)).toEqual(tried.after);
  await expectOnce(tried);
});
