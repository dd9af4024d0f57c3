/** Reservations attacked by its own description: what it says it takes never fails, what it does not take is refused with the field. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDays } from '@tartware/kit/resources';
import { createTestKey } from '@tartware/kit/testing';
import type { TestKey } from '@tartware/kit/testing';
import { attackService, attackTokens } from '@tartware/kit/testing/fuzz';
import { problemsOfOpenApi } from '@tartware/kit/testing/openapi';
import { readSigningKey } from '../core/model/signing-key.ts';
import type { OpenApiDocument } from '../kit/openapi.ts';
import { DEMO, startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { createApi } from './platform-api.ts';
import type { Api } from './platform-api.ts';
import { act, bodyOf, makeGuest, reserve } from './reservations-desk.ts';
import { buildHouse, made } from './rooms-house.ts';

let platform: Platform;
let key: TestKey;
let known: Record<string, fc.Arbitrary<unknown>>;

beforeAll(async () => {
  const own = createTestKey('unused');
  const kid = readSigningKey(own.pem).published.kid;
  key = { ...own, published: { ...own.published, kid }, token: (claims, named = kid) => own.token(claims, named) };
  platform = await startPlatform(['rooms', 'guests', 'settings', 'housekeeping', 'billing', 'reservations'], { env: { core: { TOKEN_SIGNING_KEY: key.pem } } });
  // Known to core and with nothing of its own: of a tenant that core does not know it gives no token, and no service can ask anything.
  await platform.sql('insert into core.tenants (id, name) values ($1, $2)', ['0199dead-0000-7000-8000-00000000dead', 'Empty']);
  const token = attackTokens(key, { tenant_id: DEMO.id, role: 'manager' }).valid;
  known = await seed(createApi((path) => platform.urls[['room', 'rate', 'avai'].includes(path.slice(4, 8)) ? 'rooms' : path.startsWith('/v1/guests') ? 'guests' : path.startsWith('/v1/properties') ? 'core' : 'reservations'], token));
});

afterAll(() => platform.stop());

/** One of each that there can be, for paths and bodies to name; dates that are sold, mostly. */
async function seed(api: Api): Promise<Record<string, fc.Arbitrary<unknown>>> {
  const house = await buildHouse(api, DEMO.propertyId, { rooms: 9 });
  const guest = await makeGuest(api);
  const stays = await Promise.all([1, 2, 3].map((from) => reserve(api, house, guest, { from })));
  made(await act(api, stays[0]!.id, 'assign-room', { room_id: house.roomIds[0] }), 200);
  const member = Object.fromEntries(Object.entries(bodyOf(house, guest)).filter(([name]) => name !== 'property_id'));
  const group = made(await api.post('/v1/groups', { property_id: house.propertyId, name: 'x', reservations: [member] }, { key: randomUUID() })).body;
  const entry = made(await api.post('/v1/waitlist', bodyOf(house, guest))).body;
  const mostly = (...values: unknown[]): fc.Arbitrary<unknown> => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.uuid() });
  const day = (least: number, most: number): fc.Arbitrary<unknown> => fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: least, max: most }).map((days) => addDays(house.today, days)) },
    { weight: 1, arbitrary: fc.constantFrom('0001-01-01', '2028-02-29', '9999-12-31') },
  );
  return {
    id: mostly(...stays.map(({ id }) => id), group['id'], entry['id']), property_id: mostly(house.propertyId), guest_id: mostly(guest), room_type_id: mostly(house.roomTypeId),
    rate_plan_id: mostly(house.ratePlanId), room_id: mostly(...house.roomIds), group_id: mostly(group['id']), waitlist_entry_id: mostly(entry['id']), arrival: day(0, 20), departure: day(5, 40),
    'If-Match': fc.constantFrom('"1"', '"2"', '*', 'W/"1"', 'none', '"999999999999"'),
  };
}

it.each([['manager', '/openapi.json'], ['service', '/internal/openapi.json']] as const)('answers a %s what it says it takes, and refuses the rest', async (role, path) => {
  const document = (await (await fetch(platform.urls.reservations + path)).json()) as OpenApiDocument;
  expect(Object.keys(document.paths).length).toBe(role === 'service' ? 1 : 13);
  expect(await problemsOfOpenApi(document)).toEqual([]);
  const tokens = attackTokens(key, { tenant_id: DEMO.id, role });
  expect(await attackService({ url: platform.urls.reservations, tokens, known, document, runs: 25 })).toEqual([]);
});
