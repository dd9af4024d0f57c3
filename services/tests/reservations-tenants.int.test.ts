/** Invariant 6 for reservations: another tenant finds nothing, changes nothing and learns nothing, on every route. */
import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Answer, Api, Platform } from './platform.ts';
import { act, bodyOf, makeGuest, read, reserve } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

let platform: Platform;
let theirs: Api;
/** Of the demo tenant. */
let house: House;
let guest: string;
let reservation: string;
let group: string;
let entry: string;

beforeAll(async () => {
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations']);
  const desk = platform.api(DEMO, 'operator');
  theirs = platform.api(OTHER, 'manager');
  house = await buildHouse(desk, DEMO.propertyId, { rooms: 4 });
  guest = await makeGuest(desk);
  reservation = (await reserve(desk, house, guest)).id;
  const member = Object.fromEntries(Object.entries(bodyOf(house, guest)).filter(([name]) => name !== 'property_id'));
  group = String(made(await desk.post('/v1/groups', { property_id: house.propertyId, name: 'Ours', reservations: [member] }, { key: randomUUID() })).body['id']);
  entry = String(made(await desk.post('/v1/waitlist', bodyOf(house, guest))).body['id']);
});

afterAll(() => platform.stop());

/** What the demo tenant has, by table. */
async function all(): Promise<unknown> {
  const tables = ['reservations', 'reservation_history', 'groups', 'waitlist_entries', 'operations', 'properties', 'business_days', 'outbox'];
  return Promise.all(tables.map((table) => platform.sql(`select to_jsonb(t) - 'look' as row from reservations.${table} t where tenant_id = $1 order by 1`, [DEMO.id])));
}

const IF_ANY = { headers: { 'if-match': '*' } };
const ROUTES: [string, () => Promise<Answer>, number][] = [
  ['GET a reservation', () => theirs.get(`/v1/reservations/${reservation}`), 404],
  ['GET its history', () => theirs.get(`/v1/reservations/${reservation}/history`), 404],
  ['PATCH it', () => theirs.patch(`/v1/reservations/${reservation}`, { departure: addDays(house.today, 30) }, IF_ANY), 404],
  ['cancel it', () => act(theirs, reservation, 'cancel'), 404],
  ['assign it a room of the tenant\'s', () => act(theirs, reservation, 'assign-room', { room_id: house.roomIds[0] }), 422],
  ['take its room back', () => act(theirs, reservation, 'unassign-room'), 404],
  ['check it in', () => act(theirs, reservation, 'check-in'), 404],
  ['check it out', () => act(theirs, reservation, 'check-out'), 404],
  ['GET a group', () => theirs.get(`/v1/groups/${group}`), 404],
  ['cancel a group', () => theirs.post(`/v1/groups/${group}/cancel`), 404],
  ['DELETE from the waitlist', () => theirs.delete(`/v1/waitlist/${entry}`), 404],
  ['reserve in the property', () => theirs.post('/v1/reservations', bodyOf(house, guest), { key: randomUUID() }), 422],
  ['wait for the property', () => theirs.post('/v1/waitlist', bodyOf(house, guest)), 422],
];

describe('another tenant', () => {
  it.each(ROUTES)('cannot %s', async (_name, ask, status) => {
    const before = await all();
    const { status: answered, body } = await ask();
    expect([answered, JSON.stringify(body)]).toEqual([status, expect.not.stringContaining(guest)]);
    expect(await all()).toEqual(before);
  });

  it.each([
    '/v1/reservations?', '/v1/groups?', '/v1/waitlist?',
  ])('sees an empty list at %s, whatever it filters by and whatever headers claim', async (path) => {
    const headers = { 'x-tenant-id': DEMO.id, 'x-tartware-tenant-id': DEMO.id };
    const filters = path.includes('reservations') ? [`guest_id=${guest}`, `group_id=${group}`, `cursor=${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}`] : [''];
    for (const filter of [...filters, `property_id=${DEMO.propertyId}`]) {
      expect(await theirs.get(path + filter, { headers })).toMatchObject({ status: 200, body: { items: [], next_cursor: null } });
    }
  });

  it('cannot close the day of a property, nor a user at all', async () => {
    const inside = await platform.internal('reservations', OTHER, 'billing');
    expect(await inside.post('/internal/business-days/close', { property_id: DEMO.propertyId, date: house.today })).toMatchObject({ status: 422, body: { code: 'property_unknown' } });
    for (const token of [theirs.token, platform.api(DEMO, 'manager').token]) {
      const response = await fetch(`${platform.urls.reservations}/internal/business-days/close`, {
        method: 'POST', headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ property_id: DEMO.propertyId, date: house.today }),
      });
      expect(response.status).toBe(403);
    }
  });
});

it('a viewer reads and changes nothing', async () => {
  const viewer = platform.api(DEMO, 'viewer');
  const before = await all();
  expect((await read(viewer, reservation)).id).toBe(reservation);
  const tries = [
    viewer.post('/v1/reservations', bodyOf(house, guest), { key: randomUUID() }), viewer.patch(`/v1/reservations/${reservation}`, { adults: 1 }, IF_ANY),
    ...['cancel', 'unassign-room', 'check-in', 'check-out'].map((action) => act(viewer, reservation, action)), act(viewer, reservation, 'assign-room', { room_id: house.roomIds[0] }),
    viewer.post(`/v1/groups/${group}/cancel`), viewer.post('/v1/waitlist', bodyOf(house, guest)), viewer.delete(`/v1/waitlist/${entry}`),
  ];
  expect((await Promise.all(tries)).map(({ status }) => status)).toEqual(tries.map(() => 403));
  expect(await all()).toEqual(before);
});
