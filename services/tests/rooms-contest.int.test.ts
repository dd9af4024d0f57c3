import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { addDays, nightsOf } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { buildHouse, makeRoom, makeType, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

let platform: Platform;
let desk: Api;
let inside: Api;

beforeAll(async () => {
  // A process of its own: what 200 clients cost the test's process must not count as the service's.
  platform = await startPlatform(['rooms'], { programs: ['rooms'] });
  desk = platform.api(DEMO, 'operator');
  inside = await platform.internal('rooms', DEMO, 'reservations');
});

afterAll(() => platform.stop());

interface Want {
  revision: number;
  room_type_id: string;
  arrival: string;
  departure: string;
}

function allocate(house: House, reservation: string, want: Want): Promise<Answer> {
  return inside.put(`/internal/allocations/${reservation}`, { property_id: house.propertyId, rate_plan_id: house.ratePlanId, adults: 1, children: 0, ...want });
}

interface Row {
  room_type_id: string;
  date: string;
  sold: number;
  limit: number;
}

/** Every night that was ever touched, as it is in the table. */
function inventory(types: readonly string[]): Promise<Row[]> {
  return platform.sql<Row>(
    `select room_type_id, date::text, sold, capacity - out_of_order + overbooking as "limit" from rooms.inventory where room_type_id = any($1::uuid[]) order by room_type_id, date`, [types],
  );
}

describe('the last room', () => {
  it.each(['for the first time', 'again'])('goes to exactly one of 200 clients, and none hears of an error: %s', async (time) => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const [arrival, departure] = [addDays(house.today, 60), addDays(house.today, 63)];
    const times: number[] = [];
    const answers = await Promise.all(Array.from({ length: 200 }, async () => {
      const start = performance.now();
      const answer = await allocate(house, randomUUID(), { revision: 1, room_type_id: house.roomTypeId, arrival, departure });
      times.push(performance.now() - start);
      return answer;
    }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body['code'] === 'sold_out')).toHaveLength(199);
    expect((await inventory([house.roomTypeId])).map(({ sold }) => sold)).toEqual([1, 1, 1]);
    times.sort((a, b) => a - b);
    process.stdout.write(`last room, 200 clients at once, ${time}: P50 ${Math.round(times[100] ?? 0)} ms, P99 ${Math.round(times[198] ?? 0)} ms\n`);
  });

  it('goes once to a reservation that asks 50 times at once', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 50 });
    const reservation = randomUUID();
    const want = { revision: 1, room_type_id: house.roomTypeId, arrival: addDays(house.today, 1), departure: addDays(house.today, 4) };
    const answers = await Promise.all(Array.from({ length: 50 }, () => allocate(house, reservation, want)));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body])))).toHaveProperty('size', 1);
    expect(answers[0]?.status).toBe(200);
    expect((await inventory([house.roomTypeId])).map(({ sold }) => sold)).toEqual([1, 1, 1]);
  });

  it('is what the newest of many revisions wants, in whatever order they arrive', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 3 });
    const reservation = randomUUID();
    const revisions = Array.from({ length: 24 }, (_, index) => index + 1).sort(() => Math.random() - 0.5);
    const wantOf = (revision: number): Want => ({ revision, room_type_id: house.roomTypeId, arrival: addDays(house.today, revision), departure: addDays(house.today, revision + 1 + (revision % 5)) });
    const answers = await Promise.all([...revisions, ...revisions].map((revision) => allocate(house, reservation, wantOf(revision))));
    expect(answers.filter(({ status, body }) => status !== 200 && body['code'] !== 'revision_outdated')).toEqual([]);
    const { arrival, departure } = wantOf(24);
    const held = (await inventory([house.roomTypeId])).filter(({ sold }) => sold > 0);
    expect(held.map(({ date, sold }) => [date, sold])).toEqual(nightsOf(arrival, departure).map((date) => [date, 1]));
  });
});

describe('overlapping stays at once', () => {
  interface Step {
    reservation: number;
    suite: boolean;
    first: number;
    length: number;
  }

  const step: fc.Arbitrary<Step> = fc.record({
    reservation: fc.integer({ min: 0, max: 11 }), suite: fc.boolean(), first: fc.integer({ min: 0, max: 12 }), length: fc.integer({ min: 1, max: 9 }),
  });

  it('never wait for each other in a circle, sell more than there is, or lose a night', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(step, { minLength: 8, maxLength: 24 }), { minLength: 1, maxLength: 4 }), async (waves) => {
      const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2, nights: 40 });
      const suite = await makeType(desk, DEMO.propertyId);
      await makeRoom(desk, DEMO.propertyId, suite);
      made(await desk.put('/v1/rates', { property_id: house.propertyId, room_type_id: suite, rate_plan_id: house.ratePlanId, from: house.today, to: addDays(house.today, 40), amount_minor: 9 }), 200);
      const types = [house.roomTypeId, suite];
      const reservations = Array.from({ length: 12 }, () => ({ id: randomUUID(), revision: 0 }));
      /** What each reservation holds, by the newest revision that was answered with 200. */
      const held = new Map<number, { revision: number; nights: string[] }>();
      for (const wave of waves) {
        await Promise.all(wave.map(async ({ reservation, suite: inSuite, first, length }) => {
          const { id } = reservations[reservation]!;
          const revision = (reservations[reservation]!.revision += 1);
          const want = { revision, room_type_id: types[inSuite ? 1 : 0]!, arrival: addDays(house.today, first), departure: addDays(house.today, first + length) };
          const { status, body } = await allocate(house, id, want);
          expect([200, 409], JSON.stringify(body)).toContain(status);
          if (status === 200 && revision > (held.get(reservation)?.revision ?? 0)) {
            held.set(reservation, { revision, nights: nightsOf(want.arrival, want.departure).map((date) => `${want.room_type_id} ${date}`) });
          }
        }));
      }
      const expected = new Map<string, number>();
      for (const { nights } of held.values()) for (const night of nights) expected.set(night, (expected.get(night) ?? 0) + 1);
      const rows = await inventory(types);
      for (const { sold, limit } of rows) expect(sold).toBeLessThanOrEqual(limit);
      expect(new Map(rows.filter(({ sold }) => sold > 0).map(({ room_type_id, date, sold }) => [`${room_type_id} ${date}`, sold]))).toEqual(expected);
    }), { numRuns: 12, endOnFailure: true });
    expect(await platform.sql('select deadlocks::int from pg_stat_database where datname = current_database()')).toEqual([{ deadlocks: 0 }]);
  });

  it('stand rooms that come and go meanwhile', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 4 });
    const room = house.roomIds[0] ?? '';
    const toggling = (async () => {
      for (let version = 1; version <= 40; version += 1) made(await desk.patch(`/v1/rooms/${room}`, { active: version % 2 === 0 }, { version }), 200);
    })();
    const answers: Answer[] = [];
    // Each takes nights that have no row in the inventory yet, while the room that is to be counted in them comes and goes.
    const booking = async (first: number): Promise<void> => {
      for (let day = first; day < 390; day += 6) {
        answers.push(await allocate(house, randomUUID(), { revision: 1, room_type_id: house.roomTypeId, arrival: addDays(house.today, day), departure: addDays(house.today, day + 1 + (day % 4)) }));
      }
    };
    await Promise.all([toggling, ...[0, 1, 2, 3, 4, 5].map(booking)]);
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    const rows = await platform.sql<{ capacity: number; wrong: boolean }>('select capacity, sold > capacity + displaced or displaced <> greatest(0, sold - capacity) as wrong from rooms.inventory where room_type_id = $1', [house.roomTypeId]);
    expect(rows.filter(({ capacity, wrong }) => wrong || capacity !== 4)).toEqual([]);
    expect(await miscounted(house.roomTypeId)).toEqual([]);
  });

  it('are all or nothing when the service is killed meanwhile, and asking again says which', async () => {
    const house = await buildHouse(desk, DEMO.propertyId, { rooms: 5 });
    const clients = Array.from({ length: 60 }, async (_, index) => {
      const [id, first] = [randomUUID(), index % 9];
      const want = { revision: 1, room_type_id: house.roomTypeId, arrival: addDays(house.today, first), departure: addDays(house.today, first + 3) };
      for (;;) {
        const answer = await allocate(house, id, want).catch(() => undefined);
        if (answer && answer.status < 500) return { id, status: answer.status };
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
    await Promise.race(clients);
    await platform.end('rooms', 'killed');
    await platform.start('rooms');
    const answers = await Promise.all(clients);
    const kept = await platform.sql<{ id: string }>('select reservation_id as id from rooms.allocations where room_type_id = $1', [house.roomTypeId]);
    expect(kept.map(({ id }) => id).sort()).toEqual(answers.filter(({ status }) => status === 200).map(({ id }) => id).sort());
    expect(await miscounted(house.roomTypeId)).toEqual([]);
  });

  /** Nights whose count of sold rooms is not what the allocations hold. */
  function miscounted(type: string): Promise<unknown[]> {
    return platform.sql(
      `select i.date, i.sold from rooms.inventory i where room_type_id = $1
        and sold <> (select count(*) from rooms.allocations a where a.room_type_id = i.room_type_id and a.arrival <= i.date and i.date < a.held_until)`, [type],
    );
  }
});

describe('the table itself', () => {
  it('refuses to sell more than there is, whatever a statement asks', async () => {
    const house = await buildHouse(desk, DEMO.propertyId);
    const day = addDays(house.today, 2);
    made(await allocate(house, randomUUID(), { revision: 1, room_type_id: house.roomTypeId, arrival: day, departure: addDays(day, 1) }), 200);
    await expect(platform.sql('update rooms.inventory set sold = sold + 1 where room_type_id = $1 and date = $2', [house.roomTypeId, day])).rejects.toThrow('never_oversold');
    await expect(platform.sql('update rooms.inventory set sold = -1 where room_type_id = $1 and date = $2', [house.roomTypeId, day])).rejects.toThrow('check constraint');
    await expect(platform.sql('update rooms.inventory set out_of_order = 1 where room_type_id = $1 and date = $2', [house.roomTypeId, day])).rejects.toThrow('never_oversold');
  });
});
