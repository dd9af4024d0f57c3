/** Other services down or slow: a clear 503 in time, nothing lost, nothing done twice, nothing held that nobody has. */
import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, startPlatform } from './platform.ts';
import type { Answer, Api, Platform, ServiceName } from './platform.ts';
import { act, ask, bodyOf, makeGuest, makeReady, read, reserve, withoutWritesTo } from './reservations-desk.ts';
import type { Reservation } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

let platform: Platform;
let desk: Api;
let house: House;
let guest: string;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations'], {
    programs: ['rooms', 'billing', 'housekeeping', 'guests'],
    // Each 503 is logged, and here there are many.
    env: { reservations: { LOG_LEVEL: 'silent' } },
  });
  desk = platform.api(DEMO, 'operator');
  house = await buildHouse(desk, DEMO.propertyId, { rooms: 20 });
  guest = await makeGuest(desk);
});

afterAll(() => platform.stop());

const unavailable = (service: string): object => ({ status: 503, body: { code: `${service}_unavailable`, hint: expect.any(String) as string } });
const running = (): Promise<object[]> => platform.sql('select kind from reservations.operations where state = \'running\'');

/** @param how `down` as after a crash, `slow` as a process that got no time: it does not even refuse */
async function without(service: ServiceName, how: 'down' | 'slow', work: () => Promise<void>): Promise<void> {
  if (how === 'down') await platform.end(service, 'killed');
  else process.kill(platform.pid(service), 'SIGSTOP');
  try {
    await work();
  } finally {
    if (how === 'down') await platform.start(service);
    else process.kill(platform.pid(service), 'SIGCONT');
  }
}

/** A client that waits for a second and a half. */
const IN_A_HURRY = { 'tartware-deadline-ms': '1500' };

/** @returns milliseconds until it was answered */
async function timed<Answer>(work: () => Promise<Answer>): Promise<{ answer: Answer; ms: number }> {
  const start = performance.now();
  return { answer: await work(), ms: performance.now() - start };
}

async function assigned(): Promise<Reservation> {
  const own = await buildHouse(desk, DEMO.propertyId);
  const room_id = own.roomIds[0] ?? '';
  await makeReady(desk, room_id, 'clean');
  const stay = await reserve(desk, own, guest, { from: 0 });
  return made(await act(desk, stay.id, 'assign-room', { room_id }), 200).body;
}

describe.each(['down', 'slow'] as const)('with the other service %s', (how) => {
  it('rooms: reserving is written down, and carried out once when rooms is back', async () => {
    const key = randomUUID();
    const own = await buildHouse(desk, DEMO.propertyId, { rooms: 3 });
    const send = (): Promise<Answer> => desk.post('/v1/reservations', bodyOf(own, guest), { key, headers: IN_A_HURRY });
    await without('rooms', how, async () => {
      const { answer, ms } = await timed(send);
      expect(answer).toMatchObject(unavailable('rooms'));
      expect(answer.body['hint']).toContain('same idempotency key');
      expect(ms).toBeLessThan(4_000);
      expect(await running()).toEqual([{ kind: 'reserve' }]);
    });
    await expect.poll(async () => (await send()).status, { timeout: 40_000 }).toBe(201);
    expect(await platform.sql('select status from reservations.reservations where room_type_id = $1', [own.roomTypeId])).toEqual([{ status: 'confirmed' }]);
    expect(await platform.sql('select distinct sold from rooms.inventory where room_type_id = $1 and sold > 0', [own.roomTypeId])).toEqual([{ sold: 1 }]);
  });

  it('rooms: a change is carried out though nobody asks again, and until then the reservation is as it was', async () => {
    const booked = await reserve(desk, house, guest);
    await without('rooms', how, async () => {
      const path = `/v1/reservations/${booked.id}`;
      expect(await desk.patch(path, { departure: addDays(booked.departure, 1) }, { version: 1, headers: IN_A_HURRY })).toMatchObject(unavailable('rooms'));
      expect(await read(desk, booked.id)).toEqual(booked);
      expect(await act(desk, booked.id, 'cancel')).toMatchObject({ status: 409, body: { code: 'operation_in_progress' } });
    });
    await expect.poll(() => read(desk, booked.id), { timeout: 40_000 }).toMatchObject({ departure: addDays(booked.departure, 1), version: 2 });
    expect(await act(desk, booked.id, 'cancel')).toMatchObject({ status: 200 });
  });

  it('guests: nothing is written down, since nothing is known of the guest', async () => {
    const stranger = await makeGuest(desk, 'Byron');
    await without('guests', how, async () => {
      const answer = await desk.post('/v1/reservations', bodyOf(house, stranger), { key: randomUUID(), headers: IN_A_HURRY });
      expect(answer).toMatchObject(unavailable('guests'));
    });
    expect(await platform.sql('select from reservations.reservations where guest_id = $1', [stranger])).toEqual([]);
    expect(await ask(desk, house, stranger)).toMatchObject({ status: 201 });
  });

  it('housekeeping: the guest is not checked in later behind everybody\'s back', async () => {
    const stay = await assigned();
    await without('housekeeping', how, async () => {
      const answer = await desk.post(`/v1/reservations/${stay.id}/check-in`, {}, { key: randomUUID(), headers: IN_A_HURRY });
      expect(answer).toMatchObject(unavailable('housekeeping'));
      expect(await running()).toEqual([]);
    });
    expect(await read(desk, stay.id)).toEqual(stay);
    expect(await act(desk, stay.id, 'check-in')).toMatchObject({ status: 200 });
  });

  it('billing: the guest is checked out once it is back, and the folio closed once', async () => {
    const stay = await assigned();
    made(await act(desk, stay.id, 'check-in'), 200);
    await without('billing', how, async () => {
      expect(await desk.post(`/v1/reservations/${stay.id}/check-out`, {}, { headers: IN_A_HURRY })).toMatchObject(unavailable('billing'));
      expect((await read(desk, stay.id)).status).toBe('in_house');
    });
    await expect.poll(async () => (await read(desk, stay.id)).status, { timeout: 40_000 }).toBe('checked_out');
    expect(await platform.sql('select status from billing.folios where reservation_id = $1', [stay.id])).toEqual([{ status: 'closed' }]);
  });
});

it('billing still at a check-out that was given up: it is no refusal, and the guest is checked out when billing has done it', async () => {
  const stay = await assigned();
  made(await act(desk, stay.id, 'check-in'), 200);
  const key = randomUUID();
  const send = (): Promise<Answer> => desk.post(`/v1/reservations/${stay.id}/check-out`, {}, { key, headers: IN_A_HURRY });
  // Billing has closed the folio and only cannot commit yet.
  await withoutWritesTo(platform, 'billing.idempotency_keys', async () => {
    expect(await send()).toMatchObject(unavailable('billing'));
    await expect.poll(send, { timeout: 6_000 }).toMatchObject({ status: 503, body: { code: 'request_in_progress', detail: expect.stringContaining('will be carried on') as string } });
    expect(await running()).toEqual([{ kind: 'check_out' }]);
  });
  await expect.poll(send, { timeout: 20_000 }).toMatchObject({ status: 200, body: { status: 'checked_out' } });
  expect(await platform.sql('select status from billing.folios where reservation_id = $1', [stay.id])).toEqual([{ status: 'closed' }]);
});

it('what was answered is answered again though every other service is down', async () => {
  const key = randomUUID();
  const booked = await reserve(desk, house, guest, { key });
  await without('guests', 'down', () => without('rooms', 'down', async () => {
    const again = await ask(desk, house, guest, { key });
    expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([201, booked.id, 'true']);
  }));
});

it('a slow callee does not keep others from reading', async () => {
  const booked = await reserve(desk, house, guest);
  await without('rooms', 'slow', async () => {
    const waiting = Array.from({ length: 30 }, () => desk.post('/v1/reservations', bodyOf(house, guest), { key: randomUUID(), headers: IN_A_HURRY }));
    const { ms } = await timed(async () => Promise.all(Array.from({ length: 20 }, () => read(desk, booked.id))));
    expect(ms).toBeLessThan(1_000);
    expect((await Promise.all(waiting)).filter(({ status }) => status !== 503)).toEqual([]);
  });
  // All that was asked for comes to an end: there are rooms for some of them.
  await expect.poll(running, { timeout: 60_000 }).toEqual([]);
  const held = await platform.sql('select from rooms.allocations a where not a.closed and not exists (select from reservations.reservations r where r.id = a.reservation_id and r.revision = a.revision)');
  expect(held).toEqual([]);
});
