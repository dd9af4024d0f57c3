import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { startService } from '@tartware/kit';
import type { RunningService } from '@tartware/kit';
import { createTestKey, startPostgres } from '@tartware/kit/testing';
import type { RunningPostgres } from '@tartware/kit/testing';
import { hashPassword } from './model/password.ts';
import { readSigningKey } from './model/signing-key.ts';
import { DEMO_EMAIL, DEMO_TENANT_ID } from './seed.ts';
import { core } from './service.ts';

const OTHER_TENANT = '0199bbbb-0000-7000-8000-00000000000b';
const OTHER_PROPERTY = '0199bbbb-0000-7000-8000-0000000000f1';
const TWICE = '0199bbbb-0000-7000-8000-0000000000e1';
const NOBODYS = '0199bbbb-0000-7000-8000-0000000000e2';
const log = pino({ level: 'silent' });
const key = createTestKey('unused');

let postgres: RunningPostgres;
let ownerUrl: string;
let service: RunningService;

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function ask(path: string, options: { token?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer> {
  const response = await fetch(service.url + path, {
    method: options.body === undefined ? 'GET' : 'POST',
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
}

const signIn = (email: string, password: string, tenant_id?: string) => ask('/v1/auth/sign-in', { body: { email, password, ...(tenant_id === undefined ? {} : { tenant_id }) } });

async function tokenOf(email: string, password: string, tenant?: string): Promise<string> {
  return String((await signIn(email, password, tenant)).body['access_token']);
}

function tenantIn(token: string): unknown {
  return (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>)['tenant_id'];
}

/** A role that owns the schema but is no superuser, as a managed PostgreSQL gives one. */
async function makePlainOwner(): Promise<string> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('create role plain_owner login createrole password \'owner\'');
  await client.query('grant create on database tartware to plain_owner');
  await client.end();
  const url = new URL(postgres.url);
  url.username = 'plain_owner';
  url.password = 'owner';
  return url.href;
}

async function seedOthers(): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('set search_path = core');
  await client.query('insert into tenants (id, name) values ($1, $2)', [OTHER_TENANT, 'Other Hotels']);
  await client.query('insert into properties (tenant_id, id, code, name, time_zone, currency, business_date) values ($1, $2, $3, $4, $5, $6, current_date)', [OTHER_TENANT, OTHER_PROPERTY, 'OTH01', 'Other', 'Europe/Paris', 'EUR']);
  const hash = await hashPassword('twice-password');
  await client.query('insert into users (id, email) values ($1, $2), ($3, $4)', [TWICE, 'twice@other.example', NOBODYS, 'nobodys@other.example']);
  await client.query('insert into memberships (tenant_id, user_id, role, created_at, password_hash) values ($1, $2, \'viewer\', \'2026-01-01\', $4), ($3, $2, \'manager\', \'2026-02-01\', $4)', [OTHER_TENANT, TWICE, DEMO_TENANT_ID, hash]);
  await client.end();
}

const migrateEnv = () => ({ DATABASE_URL: ownerUrl, SEED_DEMO: 'true' });

beforeAll(async () => {
  postgres = await startPostgres();
  ownerUrl = await makePlainOwner();
  await core.migrate?.({ env: migrateEnv(), log });
  await seedOthers();
  service = await startService(core, { HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent', SHUTDOWN_GRACE_MS: '40', DATABASE_URL: ownerUrl, TOKEN_SIGNING_KEY: key.pem });
});

afterAll(async () => {
  await service.close();
  await postgres.stop();
});

describe('signing in', () => {
  it('gives a token that the published key verifies', async () => {
    const { status, body, headers } = await signIn('Operator@Demo.Tartware.Example', 'demo-password');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    expect(tenantIn(String(body['access_token']))).toBe(DEMO_TENANT_ID);
    const jwks = await ask('/.well-known/jwks.json');
    expect(jwks.body['keys']).toEqual([{ ...readSigningKey(key.pem).published, use: 'sig', alg: 'EdDSA' }]);
    expect(JSON.stringify(jwks.body)).not.toContain('"d"');
  });

  it.each([
    ['a wrong password', DEMO_EMAIL, 'demo-passwore'],
    ['an unknown address', 'ghost@demo.tartware.example', 'demo-password'],
    ['SQL for an address', '\'or\'1\'=\'1@demo.example', 'demo-password'],
  ])('refuses %s in the same words', async (_name, email, password) => {
    const { status, body } = await signIn(email, password);
    expect([status, body['code'], body['detail']]).toEqual([401, 'credentials_wrong', 'The e-mail address or the password is wrong.']);
  });

  it('does not tell by its time whether an address is known', async () => {
    const time = async (email: string) => {
      const start = performance.now();
      await signIn(email, 'wrong-password');
      return performance.now() - start;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      known.push(await time(DEMO_EMAIL));
      unknown.push(await time('ghost@demo.example'));
    }
    // Without the hash that is computed for nobody this is a fiftieth; other work on the machine moves it by less than a half.
    expect(Math.min(...unknown) / Math.min(...known)).toBeGreaterThan(0.4);
  });

  it('lets a user of several tenants choose, and nobody else in', async () => {
    expect(tenantIn(await tokenOf('twice@other.example', 'twice-password'))).toBe(OTHER_TENANT);
    expect(tenantIn(await tokenOf('twice@other.example', 'twice-password', DEMO_TENANT_ID))).toBe(DEMO_TENANT_ID);
    expect(await signIn(DEMO_EMAIL, 'demo-password', OTHER_TENANT)).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
    expect(await signIn('nobodys@other.example', 'twice-password')).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
  });
});

describe('properties', () => {
  it('are paged without gap or repetition', async () => {
    const token = await tokenOf(DEMO_EMAIL, 'demo-password');
    const codes: unknown[] = [];
    let cursor: unknown;
    do {
      const { body } = await ask(`/v1/properties?limit=2${cursor ? `&cursor=${String(cursor)}` : ''}`, { token });
      codes.push(...(body['items'] as { code: string }[]).map(({ code }) => code));
      cursor = body['next_cursor'];
    } while (cursor);
    expect(codes).toEqual(['HAM01', 'LIS01', 'NYC01', 'KYO01', 'AKL01']);
  });

  it('are created once per code and then found', async () => {
    const token = await tokenOf('twice@other.example', 'twice-password', DEMO_TENANT_ID);
    const body = { code: 'OSL01', name: 'Fjord "Hus"; drop table properties --', time_zone: 'Europe/Oslo', currency: 'NOK' };
    const made = await ask('/v1/properties', { token, body });
    expect([made.status, made.headers.get('location')]).toEqual([201, `/v1/properties/${String(made.body['id'])}`]);
    expect((await ask(String(made.headers.get('location')), { token })).body).toEqual(made.body);
    expect(made.body).toMatchObject(body);
    expect(await ask('/v1/properties', { token, body })).toMatchObject({ status: 409, body: { code: 'property_code_taken' } });
  });

  it('name every wrong field', async () => {
    const token = await tokenOf(DEMO_EMAIL, 'demo-password');
    const { status, body } = await ask('/v1/properties', { token, body: { code: 'x', name: '', time_zone: '+02:00', currency: 'XYZ', tenant_id: OTHER_TENANT } });
    expect(status).toBe(400);
    expect((body['errors'] as { field: string }[]).map(({ field }) => field).sort()).toEqual(['/code', '/currency', '/name', '/tenant_id', '/time_zone']);
  });

  it.each(['limit=0', 'limit=1.5', 'limit=201', 'cursor=x'])('refuse the query %s', async (query) => {
    expect(await ask(`/v1/properties?${query}`, { token: await tokenOf(DEMO_EMAIL, 'demo-password') })).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  });
});

describe('attacks on the tenant', () => {
  it('another tenant\'s property is as unknown as none, whatever headers claim', async () => {
    const token = await tokenOf(DEMO_EMAIL, 'demo-password');
    const headers = { 'x-tenant-id': OTHER_TENANT, 'x-tartware-tenant-id': OTHER_TENANT };
    const foreign = await ask(`/v1/properties/${OTHER_PROPERTY}`, { token, headers });
    const none = await ask('/v1/properties/0199bbbb-0000-7000-8000-0000000000ff', { token });
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...none.body, request_id: '' });
    expect(JSON.stringify((await ask('/v1/properties?limit=200', { token, headers })).body)).not.toContain('OTH01');
    expect((await ask(`/v1/properties?cursor=${OTHER_PROPERTY}`, { token })).body['items']).not.toContainEqual(expect.objectContaining({ code: 'OTH01' }));
  });

  it('a viewer may read and not write', async () => {
    const token = await tokenOf('twice@other.example', 'twice-password');
    expect((await ask(`/v1/properties/${OTHER_PROPERTY}`, { token })).status).toBe(200);
    expect(await ask('/v1/properties', { token, body: { code: 'NEW01', name: 'New', time_zone: 'Europe/Paris', currency: 'EUR' } })).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
  });

  it.each<[string, () => string | undefined, string]>([
    ['no token', () => undefined, 'token_missing'],
    ['a token signed by another key', () => createTestKey('k').token({ tenant_id: OTHER_TENANT }, readSigningKey(key.pem).published.kid), 'token_invalid'],
    ['an expired token', () => key.token({ exp: 1_700_000_000 }, readSigningKey(key.pem).published.kid), 'token_expired'],
  ])('%s is refused', async (_name, make, code) => {
    const token = make();
    expect(await ask('/v1/properties', token === undefined ? {} : { token })).toMatchObject({ status: 401, body: { code } });
  });

  it('every table is behind forced row level security, the role owns none and sees nothing without a tenant', async () => {
    const client = new pg.Client({ connectionString: ownerUrl, options: '-c role=core_app -c search_path=core' });
    await client.connect();
    const { rows } = await client.query<{ table: string }>(`
      select relname as table from pg_class where relnamespace = 'core'::regnamespace and relkind = 'r' and relname not in ('migrations', 'kit_migrations')
        and not (relrowsecurity and relforcerowsecurity and not pg_has_role('core_app', relowner, 'usage'))`);
    expect(rows).toEqual([]);
    for (const table of ['users', 'memberships', 'properties']) {
      expect((await client.query(`select * from ${table}`)).rows).toEqual([]);
    }
    await expect(client.query('select * from migrations')).rejects.toThrow('permission denied');
    await expect(client.query('delete from properties')).rejects.toThrow('permission denied');
    await expect(client.query('update users set email = \'\'')).rejects.toThrow('permission denied');
    await client.end();
  });

  it('even the owner of the schema sees no row without a tenant', async () => {
    const client = new pg.Client({ connectionString: ownerUrl });
    await client.connect();
    expect((await client.query('select * from core.properties')).rows).toEqual([]);
    await client.end();
  });
});

describe('migrating and seeding again', () => {
  it('changes nothing but the demo password when that was changed', async () => {
    const count = async () => (await ask('/v1/properties?limit=200', { token: await tokenOf(DEMO_EMAIL, 'demo-password') })).body['items'];
    const before = await count();
    await core.migrate?.({ env: migrateEnv(), log });
    expect(await count()).toEqual(before);
    await core.migrate?.({ env: { ...migrateEnv(), TARTWARE_DEMO_PASSWORD: 'another-password' }, log });
    expect((await signIn(DEMO_EMAIL, 'demo-password')).status).toBe(401);
    expect((await signIn(DEMO_EMAIL, 'another-password')).status).toBe(200);
  });

  it.each([undefined, '', 'false', 'TRUE', '1', 'yes'])('seeds nothing when SEED_DEMO is %j, whatever the password', async (value) => {
    const migrated = core.migrate?.({ env: { DATABASE_URL: ownerUrl, TARTWARE_DEMO_PASSWORD: 'not-to-be-set', ...(value === undefined ? {} : { SEED_DEMO: value }) }, log });
    await Promise.resolve(migrated).catch((error: unknown) => expect(error).toMatchObject({ code: 'settings_wrong' }));
    expect((await signIn(DEMO_EMAIL, 'not-to-be-set')).status).toBe(401);
  });

  it('names all that is wrong with its settings', async () => {
    await expect(core.migrate?.({ env: { SEED_DEMO: 'maybe', TARTWARE_DEMO_PASSWORD: 'short' }, log })).rejects.toThrow(/DATABASE_URL is missing[^]*SEED_DEMO is "maybe"[^]*TARTWARE_DEMO_PASSWORD is not right/);
  });
});
