/** Settings and guests attacked by their own descriptions. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestKey } from '@tartware/kit/testing';
import { attackService, attackTokens } from '@tartware/kit/testing/fuzz';
import type { AttackTokens } from '@tartware/kit/testing/fuzz';
import { problemsOfOpenApi } from '@tartware/kit/testing/openapi';
import { readSigningKey } from '../core/model/signing-key.ts';
import type { OpenApiDocument } from '../kit/openapi.ts';
import { DEFINITIONS } from '../settings/model/definitions.ts';
import { createApi } from './platform-api.ts';
import { DEMO, startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';

const signing = createTestKey('unused');
const { kid } = readSigningKey(signing.pem).published;
const key = { ...signing, published: { ...signing.published, kid }, token: (claims: Record<string, unknown> = {}, named = kid) => signing.token(claims, named) };

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(['core', 'settings', 'guests', 'reservations', 'billing'], { env: { core: { TOKEN_SIGNING_KEY: key.pem } } });
});
afterAll(() => platform.stop());

const tokens = (role: string): AttackTokens => attackTokens(key, { tenant_id: DEMO.id, role });
const mostly = (...values: unknown[]) => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.uuid() });

async function known(): Promise<Record<string, fc.Arbitrary<unknown>>> {
  const guest = await createApi(() => platform.urls.guests, tokens('manager').valid).post<{ id: string }>('/v1/guests', { first_name: 'Ada', last_name: 'Lovelace' });
  expect(guest.status).toBe(201);
  return {
    'property_id': mostly(DEMO.propertyId), 'id': mostly(DEMO.propertyId, guest.body.id), 'into': mostly(guest.body.id),
    'key': fc.constantFrom('no.such', ...DEFINITIONS.map((definition) => definition.key)),
    'phone': fc.constantFrom('+49 40 1234-0', 'no number'), 'value': fc.constantFrom<unknown>(null, 'clean', '', true, 30, '15:00', 'en-GB', '25:00', 1e15, [], {}, '\0'),
    'If-Match': fc.constantFrom('"0"', '"1"', '"2"', '*', 'W/"1"', 'none', '"999999999999"'),
  };
}

describe.each(['settings', 'guests'] as const)('%s', (service) => {
  it.each([['manager', '/openapi.json'], ['service', '/internal/openapi.json']] as const)('answers a %s what it says it takes, and refuses the rest', async (role, path) => {
    const document = (await (await fetch(platform.urls[service] + path)).json()) as OpenApiDocument;
    expect(Object.keys(document.paths).length).toBeGreaterThan(0);
    expect(await problemsOfOpenApi(document)).toEqual([]);
    expect(await attackService({ url: platform.urls[service], tokens: tokens(role), known: await known(), document, runs: 20 })).toEqual([]);
  });
});
