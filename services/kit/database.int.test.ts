import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from './database.ts';
import type { Database } from './database.ts';
import { createMetrics } from './metrics.ts';
import { migrate } from './migrations.ts';
import { startPostgres } from './testing/postgres.ts';
import type { RunningPostgres } from './testing/postgres.ts';

const A = '0199aaaa-0000-7000-8000-00000000000a';
const B = '0199bbbb-0000-7000-8000-00000000000b';
const log = pino({ level: 'silent' });

const INSERT = { operation: 'notes.insert', text: 'insert into notes (tenant_id, text) values ($1, $2)' };
const LIST = { operation: 'notes.list', text: 'select text from notes order by text' };
const SLEEP = { operation: 'sleep', text: 'select pg_sleep(4)' };

let postgres: RunningPostgres;
let dir: string;
const open: Database[] = [];

function database(poolMax = 2, url = postgres.url, to = log): { database: Database; metrics: ReturnType<typeof createMetrics> } {
  const metrics = createMetrics();
  const made = createDatabase({ url, schema: 'trial', poolMax, metrics, log: to });
  open.push(made);
  return { database: made, metrics };
}

const list = (from: Database, tenant: string) => from.withTenant(tenant, (transaction) => transaction.query<{ text: string }>(LIST));

beforeAll(async () => {
  postgres = await startPostgres();
  dir = await mkdtemp(join(tmpdir(), 'tartware-migrations-'));
  await writeFile(join(dir, '0001_notes.sql'), `-- Up Migration
    create table notes (tenant_id uuid not null, text text not null unique);
    alter table notes enable row level security, force row level security;
    create policy tenant on notes using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
    grant select, insert on notes to trial_app;
    -- Down Migration
    drop table notes;`);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()));
});

afterAll(async () => {
  await postgres.stop();
  await rm(dir, { recursive: true });
});

describe('before the migration', () => {
  it('is not ready and says what to do', async () => {
    await expect(database().database.check.check()).rejects.toThrow(/trial_app.*Run "node main.ts migrate" once/s);
  });
});

describe('after the migration', () => {
  beforeAll(async () => {
    // At the same time, as two Jobs might: one waits for the other.
    await Promise.all([1, 2].map(() => migrate({ url: postgres.url, schema: 'trial', dir, log })));
  });

  it('is ready', async () => {
    await expect(database().database.check.check()).resolves.toBeUndefined();
  });

  it('commits, rolls back, and shows a tenant only its rows', async () => {
    const { database: db } = database();
    await db.withTenant(A, (transaction) => transaction.query(INSERT, [A, 'of A']));
    await db.withTenant(B, (transaction) => transaction.query(INSERT, [B, 'of B']));
    await expect(db.withTenant(A, async (transaction) => {
      await transaction.query(INSERT, [A, 'undone']);
      throw new Error('changed my mind');
    })).rejects.toThrow('changed my mind');
    expect(await list(db, A)).toEqual([{ text: 'of A' }]);
    expect(await list(db, B)).toEqual([{ text: 'of B' }]);
  });

  it('takes no row for another tenant', async () => {
    await expect(database().database.withTenant(A, (transaction) => transaction.query(INSERT, [B, 'smuggled']))).rejects.toThrow('row-level security');
  });

  it('does not carry a tenant over to the next user of the connection', async () => {
    const { database: db } = database(1);
    await db.withTenant(A, (transaction) => transaction.query(LIST));
    expect(await db.transaction({}, (transaction) => transaction.query(LIST))).toEqual([]);
  });

  it.each(['reset role', 'reset session authorization'])('keeps its restricted role after %j', async (text) => {
    const [row] = await database(1).database.withTenant(A, async (transaction) => {
      await transaction.query({ operation: text, text });
      return transaction.query({ operation: 'who', text: 'select current_user as who' });
    });
    expect(row).toEqual({ who: 'trial_app' });
  });

  it('quotes what it sets: a tenant id cannot be SQL', async () => {
    await expect(list(database().database, `${A}', true); drop table trial.notes; --`)).rejects.toThrow('invalid input syntax for type uuid');
    expect(await list(database().database, B)).toEqual([{ text: 'of B' }]);
  });

  it('does not report as committed what a swallowed error rolled back', async () => {
    await expect(database().database.withTenant(A, async (transaction) => {
      await transaction.query(INSERT, [A, 'of A']).catch(() => undefined);
    })).rejects.toThrow('was rolled back');
  });

  it('answers 503 when every connection is taken for too long, and recovers', async () => {
    const { database: db } = database(1);
    const long = db.withTenant(A, (transaction) => transaction.query(SLEEP));
    await expect(list(db, A)).rejects.toMatchObject({ status: 503, code: 'database_unavailable', headers: { 'retry-after': '1' } });
    await long;
    expect(await list(db, A)).toEqual([{ text: 'of A' }]);
  });

  it('survives connections that the database ends', async () => {
    const { database: db } = database(2);
    await list(db, A);
    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = \'trial\'');
    await admin.end();
    await expect.poll(() => list(db, A).catch(() => []), { timeout: 5_000 }).toEqual([{ text: 'of A' }]);
  });

  it.each([
    ['superuser', 'login superuser', true],
    ['owner', 'login', true],
    ['modest', 'login noinherit', false],
  ])('warns once when its login is more than its role: %s', async (name, attributes, warns) => {
    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    const { rows: [before] } = await admin.query<{ owner: string }>('select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = \'trial\'');
    await admin.query(`create role ${name} ${attributes} password 'p'; grant trial_app to ${name}`);
    try {
      if (name === 'owner') {
        await admin.query('alter schema trial owner to owner');
      }
      const lines: string[] = [];
      const url = Object.assign(new URL(postgres.url), { username: name, password: 'p' }).href;
      const { database: db } = database(1, url, pino({}, { write: (line: string) => void lines.push(line) }));
      await db.check.check();
      await db.check.check();
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(warns ? [expect.objectContaining({ level: 40, login: name, msg: expect.stringContaining('SET ROLE NONE') as string })] : []);
    } finally {
      await admin.query(`alter schema trial owner to ${pg.escapeIdentifier(before?.owner ?? '')}`);
      await admin.query(`revoke trial_app from ${name}; alter role ${name} nologin nosuperuser`);
      await admin.end();
    }
  });

  it('is not ready when its role escapes row level security', async () => {
    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    try {
      await admin.query('alter role trial_app bypassrls');
      await expect(database().database.check.check()).rejects.toThrow('not subject to row level security');
    } finally {
      await admin.query('alter role trial_app nobypassrls');
      await admin.end();
    }
  });

  it('has the metrics that alerts and dashboards use', async () => {
    const { database: db, metrics } = database(7);
    await list(db, A);
    const text = await metrics.registry.metrics();
    for (const line of ['db_pool_active 0', 'db_pool_idle 1', 'db_pool_waiting 0', 'db_pool_max 7', 'db_query_duration_seconds_count{operation="notes.list"} 1']) {
      expect(text).toContain(line);
    }
    expect(text).toContain('db_query_duration_seconds_bucket{le="0.45",operation="notes.list"} 1');
  });
});

describe('a database that is down', () => {
  it('answers 503 and is not ready, with the reason', async () => {
    const { database: db } = database(1, 'postgres://nobody:secret@127.0.0.1:1/none');
    await expect(list(db, A)).rejects.toMatchObject({ status: 503, code: 'database_unavailable' });
    await expect(db.check.check()).rejects.toThrow(/ECONNREFUSED(?!.*secret)/);
  });
});
