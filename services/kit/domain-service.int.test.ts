import { Type } from '@sinclair/typebox';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimsOf, requireWriter } from './authenticate.ts';
import { defineDomainService } from './domain-service.ts';
import { idempotent } from './idempotency.ts';
import { startService } from './index.ts';
import type { RunningService } from './index.ts';
import { emit } from './outbox.ts';
import { startPostgres } from './testing/postgres.ts';
import type { RunningPostgres } from './testing/postgres.ts';
import { TEST_TENANT, createTestKey } from './testing/signing.ts';

const SERVER = { HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent', SHUTDOWN_GRACE_MS: '4' };
const LIST = { operation: 'notes.list', text: 'select text from notes order by text' };
const INSERT = { operation: 'notes.insert', text: 'insert into notes (tenant_id, text) values (current_tenant(), $1) returning id, text' };
const MIGRATION = `-- Up Migration
  create table notes (tenant_id uuid not null, id uuid not null default uuidv7(), text text not null, primary key (tenant_id, id));
  alter table notes enable row level security, force row level security;
  create policy tenant on notes using (tenant_id = current_tenant());
  grant select, insert on notes to night_notes_app;
  -- Down Migration
  drop table notes;`;

const key = createTestKey('k');
const ran: string[] = [];
let postgres: RunningPostgres;
let core: RunningService;
let notes: RunningService;
let dir: string;

const define = (folder: string) => defineDomainService({
  name: 'night-notes',
  migrations: pathToFileURL(`${folder}/`),
  calls: ['core'],
  settings: { NOTES_LIMIT: Type.Integer({ default: 7, description: 'Set a number.' }) },
  start: ({ settings, database, services }) => ({
    routes(app) {
      app.get('/v1/notes', async (request) => ({
        limit: settings.NOTES_LIMIT,
        items: await database.withTenant(claimsOf(request).tenant_id, (transaction) => transaction.query(LIST)),
      }));
      app.post('/v1/notes', { schema: { body: Type.Object({ text: Type.String() }) } }, (request, reply) => {
        requireWriter(request);
        return idempotent(database, request, reply, async (transaction) => {
          const [made] = await transaction.query<{ id: string; text: string }>(INSERT, [request.body.text]);
          await emit(transaction, { type: 'note.created', aggregateId: made?.id ?? '', version: 1, data: made ?? {} });
          return { status: 201, body: made };
        });
      });
      app.get('/v1/asked', (request) => services.core.call({ method: 'GET', path: '/internal/echo', tenantId: claimsOf(request).tenant_id }));
    },
    internalRoutes(app) {
      app.get('/internal/notes', (request) => ({ role: claimsOf(request).role }));
    },
    jobs: [{ name: 'tidy', everyMs: 50, run: () => Promise.resolve(void ran.push('tidy')) }],
    close: () => Promise.resolve(void ran.push('closed')),
  }),
});

async function startCore(): Promise<RunningService> {
  return startService({ name: 'core', start: () => ({
    routes(app) {
      app.get('/.well-known/jwks.json', () => ({ keys: [key.published] }));
      app.post('/internal/service-tokens', () => ({ access_token: key.token({ role: 'service' }), token_type: 'Bearer', expires_in: 300 }));
      app.get('/internal/echo', (request) => ({ trace: request.headers['traceparent'], id: request.id }));
    },
  }) }, SERVER);
}

const env = () => ({ ...SERVER, DATABASE_URL: postgres.url, CORE_URL: core.url, SERVICE_CLIENT_SECRET: 'a-secret-of-16-chars' });

beforeAll(async () => {
  postgres = await startPostgres();
  core = await startCore();
  dir = await mkdtemp(join(tmpdir(), 'tartware-notes-'));
  await writeFile(join(dir, '0001_notes.sql'), MIGRATION);
  const service = define(dir);
  await service.migrate?.({ env: { DATABASE_URL: postgres.url }, log: pino({ level: 'silent' }) });
  notes = await startService(service, env());
});
afterAll(async () => {
  await notes.close();
  expect(ran.at(-1)).toBe('closed');
  await core.close();
  await postgres.stop();
  await rm(dir, { recursive: true });
});

async function ask(path: string, { role = 'operator', ...init }: RequestInit & { role?: string | null; headers?: Record<string, string> } = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const authorization = role === null ? {} : { authorization: `Bearer ${key.token({ role })}` };
  const response = await fetch(notes.url + path, { ...init, headers: { ...authorization, ...init.headers } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const write = (text: string, role = 'operator') =>
  ask('/v1/notes', { method: 'POST', role, body: JSON.stringify({ text }), headers: { 'content-type': 'application/json', 'idempotency-key': `key-of-${text}` } });

describe('a domain service', () => {
  it('serves its routes behind the token of core, on its own schema and with its settings', async () => {
    expect(await write('first')).toMatchObject({ status: 201, body: { text: 'first' } });
    expect(await write('first')).toMatchObject({ status: 201, body: { text: 'first' } });
    expect(await ask('/v1/notes')).toEqual({ status: 200, body: { limit: 7, items: [{ text: 'first' }] } });
    expect(await ask('/v1/notes', { role: null })).toMatchObject({ status: 401, body: { code: 'token_missing' } });
  });

  it('lets viewers read and not write', async () => {
    expect(await ask('/v1/notes', { role: 'viewer' })).toMatchObject({ status: 200 });
    expect(await write('second', 'viewer')).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
  });

  it.each<[string | null, number]>([['service', 200], ['manager', 403], ['operator', 403], ['viewer', 403], [null, 401]])('answers role %s on internal routes with %i', async (role, status) => {
    expect((await ask('/internal/notes', { role })).status).toBe(status);
  });

  it('calls the services it named, with the id and trace of the request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(await ask('/v1/asked', { headers: { traceparent, 'x-request-id': 'mine' } })).toMatchObject({ status: 200, body: { id: 'mine', trace: traceparent } });
  });

  it('runs its jobs', async () => {
    await expect.poll(() => ran.length, { timeout: 5_000 }).toBeGreaterThan(1);
  });

  it('is ready without Kafka and says that events wait', async () => {
    const response = await fetch(`${notes.opsUrl}/health/ready`);
    const { status, checks } = (await response.json()) as { status: string; checks: { name: string; ok: boolean; reason?: string }[] };
    expect([response.status, status]).toEqual([200, 'ready']);
    expect(checks).toContainEqual({ name: 'kafka', ok: false, optional: true, reason: 'KAFKA_BROKERS is not set: events stay in the outbox and none are taken' });
    expect(checks.map(({ name }) => name)).toEqual(expect.arrayContaining(['database', 'signing keys of core']));
  });

  it('names every setting that is wrong', async () => {
    const wrong = { ...env(), CORE_URL: 'core', SERVICE_CLIENT_SECRET: 'short', KAFKA_BROKERS: 'kafka', REDIS_URLS: 'http://x', DATABASE_URL: '', NOTES_LIMIT: 'x' };
    const error: unknown = await startService(define(dir), wrong).catch((caught: unknown) => caught);
    expect(String(error).match(/^(?:SettingsError: )?[A-Z_]+ /gm)?.map((line) => line.replace('SettingsError: ', '').trim()).sort()).toEqual(
      ['CORE_URL', 'DATABASE_URL', 'KAFKA_BROKERS', 'NOTES_LIMIT', 'REDIS_URLS', 'SERVICE_CLIENT_SECRET']);
    expect(String(error)).not.toContain('short');
  });

  it('can be migrated again, and is of one tenant at a time', async () => {
    await define(dir).migrate?.({ env: { DATABASE_URL: postgres.url }, log: pino({ level: 'silent' }) });
    const response = await fetch(`${notes.url}/v1/notes`, { headers: { 'authorization': `Bearer ${key.token({ tenant_id: '0199bbbb-0000-7000-8000-00000000000b' })}`, 'x-tenant-id': TEST_TENANT } });
    expect(await response.json()).toEqual({ limit: 7, items: [] });
  });
});
