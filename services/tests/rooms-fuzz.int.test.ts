/** Rooms and housekeeping attacked by their own descriptions: what they say they take never fails, what they do not take is refused with the field. */
import { addDays } from '@tartware/kit/resources';
import { createTestKey } from '@tartware/kit/testing';
import type { TestKey } from '@tartware/kit/testing';
import { attackService, attackTokens } from '@tartware/kit/testing/fuzz';
import { problemsOfOpenApi } from '@tartware/kit/testing/openapi';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSigningKey } from '../core/model/signing-key.ts';
import type { OpenApiDocument } from '../kit/openapi.ts';
import { DEMO, startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { createApi } from './platform-api.ts';
import { buildHouse, made } from './rooms-house.ts';

let platform: Platform;
let key: TestKey;
let known: Record<string, fc.Arbitrary<unknown>>;

beforeAll(async () => {
  const unused = createTestKey('unused');
  const { kid } = readSigningKey(unused.pem).published;
  key = { ...unused, published: { ...unused.published, kid }, token: (claims, named = kid) => unused.token(claims, named) };
  platform = await startPlatform(['rooms', 'housekeeping'], { env: { core: { TOKEN_SIGNING_KEY: key.pem }, housekeeping: { LOG_LEVEL: 'error' } } });
  // Core gives no token for a tenant that it does not know, and without one no service can ask another.
  await platform.sql('insert into core.tenants (id, name) values ($1, $2)', ['0199dead-0000-7000-8000-00000000dead', 'Empty']);
  known = await seed();
});

afterAll(() => platform.stop());

/** One of each that there can be, for paths and bodies to name; dates that are sold, and all others. */
async function seed(): Promise<Record<string, fc.Arbitrary<unknown>>> {
  const token = attackTokens(key, { tenant_id: DEMO.id, role: 'manager' }).valid;
  const desk = createApi((path) => (path.startsWith('/v1/housekeeping') ? platform.urls.housekeeping : path.startsWith('/v1/properties') ? platform.urls.core : platform.urls.rooms), token);
  const house = await buildHouse(desk, DEMO.propertyId, { rooms: 3 });
  const post = async (path: string, body: object): Promise<unknown> => made(await desk.post(path, body)).body['id'];
  const [room = ''] = house.roomIds;
  const task = await post('/v1/housekeeping/tasks', { room_id: room, kind: 'deep_clean' });
  const repair = await post('/v1/housekeeping/maintenance', { room_id: room, title: 'The shower drips' });
  const blocked = await post('/v1/housekeeping/out-of-order', { room_id: room, from: house.today, to: addDays(house.today, 1), reason: 'x' });
  const mostly = (...values: unknown[]) => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.uuid() });
  const day = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -2, max: 40 }).map((days) => addDays(house.today, days)) }, { weight: 1, arbitrary: fc.constantFrom('0001-01-01', '9999-12-31', '2028-02-29', '2027-03-28') });
  return {
    id: mostly(house.roomTypeId, house.ratePlanId, ...house.roomIds, task, repair, blocked), property_id: mostly(DEMO.propertyId), room_type_id: mostly(house.roomTypeId), rate_plan_id: mostly(house.ratePlanId),
    room_id: mostly(...house.roomIds), maintenance_id: mostly(repair), arrival: day, departure: day, from: day, to: day,
    'If-Match': fc.constantFrom('"1"', '"2"', '"3"', '*', 'W/"1"', 'none', '"999999999999"'),
  };
}

describe.each(['rooms', 'housekeeping'] as const)('%s', (service) => {
  it.each([['manager', '/openapi.json'], ['service', '/internal/openapi.json']] as const)('answers a %s what it says it takes, and refuses the rest', async (role, path) => {
    const document = (await (await fetch(platform.urls[service] + path)).json()) as OpenApiDocument;
    expect(Object.keys(document.paths).length).toBeGreaterThan(0);
    expect(await problemsOfOpenApi(document)).toEqual([]);
    const tokens = attackTokens(key, { tenant_id: DEMO.id, role });
    expect(await attackService({ url: platform.urls[service], tokens, known, document, runs: 20 })).toEqual([]);
  });
});
