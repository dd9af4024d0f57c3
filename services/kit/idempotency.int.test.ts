import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { createApp } from './app.ts';
import type { App } from './app.ts';
import { requireToken } from './authenticate.ts';
import { Problem } from './errors.ts';
import { createHealth } from './health.ts';
import { idempotent, requestHash } from './idempotency.ts';
import { createMetrics } from './metrics.ts';
import { TEST_TENANT, createTestKey } from './testing/signing.ts';
import { startTrialDatabase } from './testing/trial-database.ts';
import type { TrialDatabase } from './testing/trial-database.ts';
import { createTokenVerifier } from './tokens.ts';

const OTHER = '0199bbbb-0000-7000-8000-00000000000b';
const TABLE = `create table effects (tenant_id uuid not null, id uuid primary key default uuidv7(), amount int not null);
  alter table effects enable row level security, force row level security;
  create policy tenant on effects using (tenant_id = current_tenant());
  grant select, insert on effects to trial_app;`;
const INSERT = { operation: 'effects.insert', text: 'insert into effects (tenant_id, amount) values (current_tenant(), $1) returning id, amount' };

const signing = createTestKey('k');
let trial: TrialDatabase;
let app: App;
/** What happens within the transaction, after the effect. */
let meanwhile: () => Promise<void>;
/** How many effects others saw when the transaction had been committed. */
let seenAtCommit: number | undefined;

beforeAll(async () => {
  trial = await startTrialDatabase(TABLE, 20);
  app = createApp({ log: pino({ level: 'silent' }), metrics: createMetrics(), health: createHealth() });
  const tokens = createTokenVerifier();
  tokens.setKeys([signing.published]);
  requireToken(app, tokens);
  app.post<{ Body: { amount: number } }>('/effects', (request, reply) => idempotent(trial.database, request, reply, async (transaction) => {
    const [made] = await transaction.query<{ id: string; amount: number }>(INSERT, [request.body.amount]);
    await meanwhile();
    return { status: 201, body: made, headers: { location: `/effects/${made?.id}` }, committed: async () => void (seenAtCommit = await count('effects')) };
  }));
  app.post('/demanding', (request, reply) => idempotent(trial.database, request, reply, () => Promise.resolve({ status: 204 }), { required: true }));
  app.post('/wrong', (request, reply) => idempotent(trial.database, request, reply, () => Promise.resolve({ status: 409 })));
});
afterAll(async () => {
  await app.close();
  await trial.stop();
});
beforeEach(async () => {
  meanwhile = () => Promise.resolve();
  seenAtCommit = undefined;
  await trial.asOwner((client) => client.query('truncate effects, idempotency_keys'));
});

interface Sent {
  status: number;
  body: Record<string, unknown>;
  replayed: boolean;
  location: unknown;
}

async function send(key: string | undefined, payload: object = { amount: 1 }, { tenant = TEST_TENANT, url = '/effects' } = {}): Promise<Sent> {
  const headers = { authorization: `Bearer ${signing.token({ tenant_id: tenant })}`, ...(key === undefined ? {} : { 'idempotency-key': key }) };
  const answer = await app.inject({ method: 'POST', url, headers, payload });
  return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json(), replayed: answer.headers['idempotent-replayed'] === 'true', location: answer.headers['location'] };
}

const count = (table: string) => trial.asOwner(async (client) => Number((await client.query(`select count(*) from ${table}`)).rows[0].count));

describe('a request with an idempotency key', () => {
  it('sent again answers the same, header for header, and does nothing', async () => {
    const first = await send('key-00000001');
    const again = await send('key-00000001');
    expect(first).toMatchObject({ status: 201, replayed: false, body: { amount: 1 }, location: `/effects/${String(first.body['id'])}` });
    expect(again).toEqual({ ...first, replayed: true });
    expect(await count('effects')).toBe(1);
  });

  it('does what follows the commit before it answers, and once', async () => {
    await send('key-00000010');
    expect(seenAtCommit).toBe(1);
    seenAtCommit = undefined;
    await send('key-00000010');
    expect(seenAtCommit).toBeUndefined();
  });

  it('sent 50 times at once has one effect', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => send('key-00000002')));
    expect(await count('effects')).toBe(1);
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body['id'])).size).toBe(1);
    expect(answers.filter(({ status, replayed }) => status === 201 && !replayed)).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 201).every(({ status, body }) => status === 409 && body['code'] === 'request_in_progress')).toBe(true);
  });

  it('sent through two pods while the first still runs is asked to wait', async () => {
    let during: Sent | undefined;
    meanwhile = async () => {
      during ??= await send('key-00000003');
    };
    expect((await send('key-00000003')).status).toBe(201);
    expect(during).toMatchObject({ status: 409, body: { code: 'request_in_progress' } });
    expect(await count('effects')).toBe(1);
  });

  it('is refused for another body, path or method; the order of members does not matter', async () => {
    await send('key-00000004', { amount: 1, note: 'a' });
    expect(await send('key-00000004', { note: 'a', amount: 1 })).toMatchObject({ status: 201, replayed: true });
    expect(await send('key-00000004', { amount: 2 })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await send('key-00000004', { amount: 1, note: 'a' }, { url: '/demanding' })).toMatchObject({ status: 422 });
    const hash = (method: string, body: unknown) => requestHash({ method, url: '/x', body });
    expect(new Set([hash('POST', { a: [1, 2] }), hash('POST', { a: [2, 1] }), hash('PUT', { a: [1, 2] }), hash('POST', undefined), hash('POST', {})]).size).toBe(5);
  });

  it('is another one in another tenant', async () => {
    const [mine, theirs] = [await send('key-00000005'), await send('key-00000005', { amount: 1 }, { tenant: OTHER })];
    expect([mine.replayed, theirs.replayed, await count('effects')]).toEqual([false, false, 2]);
  });

  it('that failed left nothing and may succeed later', async () => {
    meanwhile = () => Promise.reject(new Problem({ status: 409, code: 'sold_out', message: 'Sold out.', hint: 'Choose another.' }));
    expect(await send('key-00000006')).toMatchObject({ status: 409, body: { code: 'sold_out' } });
    expect([await count('effects'), await count('idempotency_keys')]).toEqual([0, 0]);
    meanwhile = () => Promise.resolve();
    expect(await send('key-00000006')).toMatchObject({ status: 201, replayed: false });
  });

  it('whose connection broke between effect and commit left nothing', async () => {
    meanwhile = () => trial.asOwner(async (client) => void await client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = \'trial\''));
    expect(await send('key-00000007')).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect([await count('effects'), await count('idempotency_keys')]).toEqual([0, 0]);
    meanwhile = () => Promise.resolve();
    expect(await send('key-00000007')).toMatchObject({ status: 201, replayed: false });
  });

  it('answers nothing for a 204, also when it is replayed', async () => {
    expect(await send('key-00000008', {}, { url: '/demanding' })).toMatchObject({ status: 204, replayed: false, body: {} });
    expect(await send('key-00000008', {}, { url: '/demanding' })).toMatchObject({ status: 204, replayed: true, body: {} });
  });

  it('keeps no answer that says it failed', async () => {
    expect(await send('key-00000009', {}, { url: '/wrong' })).toMatchObject({ status: 500 });
    expect(await count('idempotency_keys')).toBe(0);
  });
});

describe('the key', () => {
  it.each(['short', 'x'.repeat(129), 'with a blank', 'tab\tinside', 'umlaut-ä-here'])('%j is refused', async (key) => {
    expect(await send(key)).toMatchObject({ status: 400, body: { code: 'idempotency_key_malformed' } });
  });

  it('may hold anything else, SQL too', async () => {
    expect(await send('\');drop\u0020'.trim().concat('--x')).then(({ status }) => status)).toBe(201);
    expect(await count('effects')).toBe(1);
  });

  it('may be left out, unless it is demanded', async () => {
    await send(undefined);
    await send(undefined);
    expect(await count('effects')).toBe(2);
    expect(await send(undefined, {}, { url: '/demanding' })).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
  });
});
