import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { startRedisCluster } from '@tartware/kit/testing';
import type { RunningRedisCluster } from '@tartware/kit/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DEMO, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';
import { buildHouse, makeRoom, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

let redis: RunningRedisCluster;
let platform: Platform;
let desk: Api;

beforeAll(async () => {
  redis = await startRedisCluster();
  platform = await startPlatform(['rooms', 'housekeeping'], { events: true, env: { rooms: { REDIS_URLS: redis.urls.join(',') } } });
  desk = platform.api(DEMO, 'operator');
});

afterAll(async () => {
  await platform.stop();
  await redis.stop();
});

interface Found {
  offers: { available: number; total_minor: number }[];
}

async function offer(house: House): Promise<Found['offers'][number] | undefined> {
  const [arrival, departure] = [addDays(house.today, 5), addDays(house.today, 7)];
  return made(await desk.get<Found>(`/v1/availability?property_id=${house.propertyId}&room_type_id=${house.roomTypeId}&arrival=${arrival}&departure=${departure}`), 200).body.offers[0];
}

async function hits(): Promise<number> {
  const metrics = await (await fetch(`${platform.opsUrls.rooms}/metrics`)).text();
  return Number(/^cache_hits_total\{cache="offers"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

it('keeps offers, and never shows one that a booking, a rate, a room or a restriction has made wrong', async () => {
  const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
  const inside = await platform.internal('rooms', DEMO, 'reservations');
  const scope = { property_id: house.propertyId, room_type_id: house.roomTypeId, from: addDays(house.today, 5), to: addDays(house.today, 7) };
  expect(await offer(house)).toMatchObject({ available: 2, total_minor: 20_000 });
  const before = await hits();
  // What is found is kept without being waited for.
  await vi.waitFor(async () => {
    expect(await offer(house)).toMatchObject({ available: 2 });
    expect(await hits()).toBeGreaterThan(before);
  }, { timeout: 10_000 });
  const want = { revision: 1, property_id: house.propertyId, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId, arrival: scope.from, departure: scope.to, adults: 1, children: 0 };
  made(await inside.put(`/internal/allocations/${randomUUID()}`, want), 200);
  expect(await offer(house)).toMatchObject({ available: 1 });
  made(await desk.put('/v1/rates', { ...scope, rate_plan_id: house.ratePlanId, amount_minor: 7_000 }), 200);
  expect(await offer(house)).toMatchObject({ total_minor: 14_000 });
  await makeRoom(desk, house.propertyId, house.roomTypeId);
  expect(await offer(house)).toMatchObject({ available: 2 });
  made(await desk.put('/v1/inventory', { ...scope, overbooking: 3 }), 200);
  expect(await offer(house)).toMatchObject({ available: 5 });
  made(await desk.put('/v1/restrictions', { ...scope, min_stay: 3 }), 200);
  expect(await offer(house)).toBeUndefined();
  made(await desk.put('/v1/restrictions', scope), 200);
  expect(await offer(house)).toBeDefined();
  made(await desk.patch(`/v1/rate-plans/${house.ratePlanId}`, { active: false }, { version: 1 }), 200);
  expect(await offer(house)).toBeUndefined();
});

it('drops them when an event changes what there is to sell', async () => {
  const house = await buildHouse(desk, DEMO.propertyId, { rooms: 2 });
  await vi.waitFor(async () => {
    const before = await hits();
    expect(await offer(house)).toMatchObject({ available: 2 });
    expect(await hits()).toBeGreaterThan(before);
  }, { timeout: 10_000 });
  made(await desk.post('/v1/housekeeping/out-of-order', { room_id: house.roomIds[0], from: addDays(house.today, 6), to: addDays(house.today, 7), reason: 'Water damage' }));
  // Well before the 30 s that they are kept at most.
  await vi.waitFor(async () => expect(await offer(house)).toMatchObject({ available: 1 }), { timeout: 15_000 });
});
