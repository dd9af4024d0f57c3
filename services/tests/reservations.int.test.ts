import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';
import { act, ask, bodyOf, makeGuest, read, reserve } from './reservations-desk.ts';
import { buildHouse, makeType } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

let platform: Platform;
let desk: Api;
let house: House;
let guest: string;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations']);
  desk = platform.api(DEMO, 'operator');
  house = await buildHouse(desk, DEMO.propertyId, { rooms: 5, amount: 12_900 });
  guest = await makeGuest(desk);
});

afterAll(() => platform.stop());

describe('reserving', () => {
  it('answers with the price and the policy of rooms, a place and an ETag, and can be read', async () => {
    const { status, body, headers } = await ask(desk, house, guest, { from: 10, nights: 2 });
    expect([status, headers.get('location'), headers.get('etag')]).toEqual([201, `/v1/reservations/${body.id}`, '"1"']);
    expect(body).toMatchObject({ status: 'confirmed', version: 1, revision: 1, currency: 'EUR', total_minor: 25_800, room_id: null, children: 0, source: 'direct', cancellation_fee_minor: null });
    expect(body['nights']).toEqual([0, 1].map((night) => ({ date: addDays(house.today, 10 + night), amount_minor: 12_900 })));
    expect(body['cancellation_policy']).toMatchObject({ free_until_days: 1, cancellation_fee: { amount_minor: 12_900 }, no_show_fee: { amount_minor: 25_800 } });
    expect(await read(desk, body.id)).toEqual(body);
    expect((await desk.get(`/v1/reservations/${body.id}`, { headers: { 'if-none-match': '"1"' } })).status).toBe(304);
  });
});
