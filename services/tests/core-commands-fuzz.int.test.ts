/** Core and Command Center attacked by their own descriptions. */
import type Crypto from 'node:crypto';
import type { ScryptOptions } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestKey, startClickHouse } from '@tartware/kit/testing';
import type { RunningClickHouse } from '@tartware/kit/testing';
import { attackService, attackTokens } from '@tartware/kit/testing/fuzz';
import type { AttackTokens } from '@tartware/kit/testing/fuzz';
import { problemsOfOpenApi } from '@tartware/kit/testing/openapi';
import { DEFINITIONS } from '../command-center/commands/catalogue.ts';
import { readSigningKey } from '../core/model/signing-key.ts';
import type { OpenApiDocument } from '../kit/openapi.ts';
import { DEMO, startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';

/** Hundreds of passwords are sent here, and none is to be guessed: at its true cost scrypt would be nine tenths of the time. */
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof Crypto>();
  const scrypt = (password: string, salt: Buffer, bytes: number, options: ScryptOptions, done: (error: Error | null, key: Buffer) => void): void =>
    crypto.scrypt(password, salt, bytes, { ...options, N: 2 }, done);
  return { ...crypto, scrypt };
});

const signing = createTestKey('unused');
const { kid } = readSigningKey(signing.pem).published;
const key = { ...signing, published: { ...signing.published, kid }, token: (claims: Record<string, unknown> = {}, named = kid) => signing.token(claims, named) };

let platform: Platform;
let clickHouse: RunningClickHouse;

beforeAll(async () => {
  clickHouse = await startClickHouse();
  platform = await startPlatform(['core', 'command-center'], { env: { 'core': { TOKEN_SIGNING_KEY: key.pem }, 'command-center': { CLICKHOUSE_URL: clickHouse.url } } });
});
afterAll(async () => {
  await platform.stop();
  await clickHouse.stop();
});

const tokens = (role: string): AttackTokens => attackTokens(key, { tenant_id: DEMO.id, role });
const mostly = (...values: unknown[]): fc.Arbitrary<unknown> => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.uuid() });

const KNOWN: Record<string, fc.Arbitrary<unknown>> = {
  'property_id': mostly(DEMO.propertyId), 'id': mostly(DEMO.propertyId),
  'command': fc.constantFrom('no.such', ...DEFINITIONS.map(({ name }) => name)),
  'cron': fc.constantFrom('0 3 * * *', '*/5 * * * 1-5', '61 * * * *', 'now and then', '0 0 30 2 *'),
  'time_zone': fc.constantFrom('Europe/Berlin', 'Pacific/Apia', '+02:00', 'Nowhere'),
  'If-Match': fc.constantFrom('"1"', '"2"', '*', 'W/"1"', 'none', '"999999999999"'),
};

describe.each(['core', 'command-center'] as const)('%s', (service) => {
  it.each([['manager', '/openapi.json'], ['service', '/internal/openapi.json']] as const)('answers a %s what it says it takes, and refuses the rest', async (role, path) => {
    const document = (await (await fetch(platform.urls[service] + path)).json()) as OpenApiDocument;
    expect(await problemsOfOpenApi(document)).toEqual([]);
    expect(await attackService({ url: platform.urls[service], tokens: tokens(role), known: KNOWN, document, runs: 12 })).toEqual([]);
  });
});
