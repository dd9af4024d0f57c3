import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from './database.ts';
import { startTrialDatabase } from './testing/trial-database.ts';
import type { TrialDatabase } from './testing/trial-database.ts';

const A = '0199aaaa-0000-7000-8000-00000000000a';
const B = '0199bbbb-0000-7000-8000-00000000000b';
const TABLE = `create table notes (tenant_id uuid not null, text text not null, primary key (tenant_id, text));
  alter table notes enable row level security, force row level security;
  create policy tenant on notes using (tenant_id = current_tenant());
  grant select, insert on notes to trial_app;`;
const LIST = { operation: 'notes.list', text: 'select text from notes order by text' };
const INSERT = { operation: 'notes.insert', text: 'insert into notes (tenant_id, text) values ($1, $2) returning text' };
const WHO = { operation: 'who', text: 'select current_setting(\'app.tenant_id\', true) as tenant, current_setting(\'app.note\', true) as note' };
const FAILS: Record<string, { operation: string; text: string; values?: unknown[] }> = {
  'a statement that cannot be parsed': { operation: 'fails.parse', text: 'select from where' },
  'one that fails when it runs': { operation: 'fails.run', text: 'select 1 / (length(current_setting(\'app.tenant_id\')) - 36) from generate_series(1, 3)' },
  'a value of the wrong type': { operation: 'fails.bind', text: 'select $1::uuid', values: ['x'] },
  'a NUL in a value': { operation: 'fails.nul', text: 'select $1::text', values: ['a\0b'] },
  'too few values': { operation: 'fails.few', text: 'select $1::text, $2::text', values: ['x'] },
};

let trial: TrialDatabase;
let one: Database;

beforeAll(async () => {
  trial = await startTrialDatabase(TABLE, 4);
  one = trial.another(1);
  await trial.database.withTenant(A, (transaction) => transaction.query(INSERT, [A, 'of A']));
  await trial.database.withTenant(B, (transaction) => transaction.query(INSERT, [B, 'of B']));
});
afterAll(async () => trial.stop());

/** What the next user of the one connection has: nothing of those before. */
const nextUser = () => one.transaction({}, async (transaction) => [await transaction.query(WHO), await transaction.query(LIST)]);
const CLEAN = [[{ tenant: '', note: expect.toSatisfy((note) => note === null || note === '') as unknown }], []];

describe('read', () => {
  it('shows one tenant its rows, whoever used the connection before', async () => {
    for (const [tenant, text] of [[A, 'of A'], [B, 'of B'], [A, 'of A']] as const) {
      expect(await one.read(tenant, LIST)).toEqual([{ text }]);
      expect(await one.withTenant(tenant, (transaction) => transaction.query(LIST))).toEqual([{ text }]);
    }
    expect(await nextUser()).toEqual(CLEAN);
  });

  it('keeps a hundred of two tenants apart on few connections', async () => {
    const found = await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 3 === 0
      ? trial.database.withTenant(n % 2 === 0 ? A : B, (transaction) => transaction.query(LIST))
      : trial.database.read(n % 2 === 0 ? A : B, LIST))));
    expect(found).toEqual(Array.from({ length: 100 }, (_, n) => [{ text: n % 2 === 0 ? 'of A' : 'of B' }]));
  });

  it('of no row and of several gives just these', async () => {
    expect(await one.read('0199cccc-0000-7000-8000-00000000000c', LIST)).toEqual([]);
    expect(await one.read(A, { operation: 'series', text: 'select i from generate_series(1, $1::int) i' }, [3])).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }]);
  });

  it('that writes commits, in its tenant only', async () => {
    expect(await one.read(A, INSERT, [A, 'more of A'])).toEqual([{ text: 'more of A' }]);
    await expect(one.read(A, INSERT, [B, 'smuggled'])).rejects.toThrow('row-level security');
    expect(await one.read(B, LIST)).toEqual([{ text: 'of B' }]);
    expect(await nextUser()).toEqual(CLEAN);
  });

  it.each(Object.keys(FAILS))('leaves nothing behind after %s, twice', async (name) => {
    const { values, ...statement } = FAILS[name]!;
    for (let round = 0; round < 2; round += 1) {
      await expect(one.read(A, statement, values)).rejects.toThrow();
      expect(await nextUser()).toEqual(CLEAN);
      await expect(one.withTenant(A, (transaction) => transaction.query(statement, values))).rejects.toThrow();
      expect(await nextUser()).toEqual(CLEAN);
    }
  });

  it.each(['x', '', `${A}', true); drop table notes; --`, 'a\0b', `${A}\0`])('shows nothing to the tenant %j', async (tenant) => {
    const rows = await one.read(tenant, LIST).catch((error: unknown) => error);
    expect(rows instanceof Error || (Array.isArray(rows) && rows.length === 0)).toBe(true);
    expect(await nextUser()).toEqual(CLEAN);
  });

  it('answers 503 when its connection is ended, and works on the next', async () => {
    const reading = expect(one.read(A, { operation: 'sleep', text: 'select pg_sleep(5)' })).rejects.toMatchObject({ status: 503, code: 'database_unavailable' });
    await trial.asOwner((client) => expect.poll(async () => (await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where query = \'select pg_sleep(5)\' and state = \'active\'')).rowCount).toBe(1));
    await reading;
    expect(await one.read(B, LIST)).toEqual([{ text: 'of B' }]);
  });

  it('names a statement of its own and no more than one', async () => {
    await expect(one.read(A, { operation: 'notes.list', text: 'select 1' })).rejects.toThrow('Two statements are named notes.list');
    await expect(one.read(A, { operation: 'x'.repeat(64), text: 'select 1' })).rejects.toThrow('longer than 63');
    expect(await one.read(B, LIST)).toEqual([{ text: 'of B' }]);
  });
});

describe('a transaction', () => {
  it('has its settings from the first statement on, to its end', async () => {
    const seen = await one.transaction({ 'app.tenant_id': A, 'app.note': 'it\'s' }, async (transaction) => [await transaction.query(WHO), await transaction.query(WHO)]);
    expect(seen).toEqual([[{ tenant: A, note: 'it\'s' }], [{ tenant: A, note: 'it\'s' }]]);
    expect(await nextUser()).toEqual(CLEAN);
  });

  it('runs statements that are sent at once in their order, and none after one that failed', async () => {
    const names = await one.withTenant(A, async (transaction) => Promise.all(['1', '2', '3'].map((n) => transaction.query(INSERT, [A, `at once ${n}`]))));
    expect(names.flat()).toEqual([{ text: 'at once 1' }, { text: 'at once 2' }, { text: 'at once 3' }]);
    await expect(one.withTenant(B, (transaction) => Promise.all([transaction.query(INSERT, [A, 'smuggled']), transaction.query(INSERT, [B, 'after it'])]))).rejects.toThrow('row-level security');
    expect(await one.read(B, LIST)).toEqual([{ text: 'of B' }]);
    expect(await nextUser()).toEqual(CLEAN);
  });

  it('refuses a statement after its end', async () => {
    let late: (() => Promise<unknown>) | undefined;
    await one.withTenant(A, async (transaction) => {
      await transaction.query(WHO);
      late = () => transaction.query(LIST);
    });
    await expect(late?.()).rejects.toThrow('after the end of its transaction');
  });

  it('without a statement costs nothing', async () => {
    expect(await one.withTenant(A, () => Promise.resolve('done'))).toBe('done');
    await expect(one.withTenant(A, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(await nextUser()).toEqual(CLEAN);
  });
});
