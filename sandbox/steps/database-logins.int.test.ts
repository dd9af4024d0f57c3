import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestKey, startPostgres } from '@tartware/kit/testing';
import type { RunningPostgres } from '@tartware/kit/testing';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../../services/kit/database.ts';
import { createMetrics } from '../../services/kit/metrics.ts';
import { migrateService, startInProcess } from '../../services/tests/platform-service.ts';
import { DEFAULT_PORTS } from '../ports.ts';
import type { Context } from '../supervisor/part.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { loginUrl, makeLogins } from './database-logins.ts';
import { SCHEMA_OWNERS } from './secrets.ts';

const TENANT = '01990000-0000-7000-8000-000000000001';
/** A table of each service. */
const TABLES = {
  core: 'properties', reservations: 'reservations', billing: 'folios', guests: 'guests', rooms: 'rooms',
  settings: 'settings', housekeeping: 'tasks', 'command-center': 'commands',
} as const;

let postgres: RunningPostgres;
let context: Context;

async function as(url: string, ...statements: string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const answers: string[] = [];
  for (const statement of statements) {
    answers.push(await client.query(statement).then(({ rows }) => JSON.stringify(rows), (error: unknown) => (error as Error).message));
  }
  await client.end();
  return answers;
}

beforeAll(async () => {
  const folder = temporaryFolder();
  postgres = await startPostgres();
  writeFileSync(join(folder, 'postgres.url'), postgres.url);
  context = { address: '127.0.0.1', ports: DEFAULT_PORTS, bin: '', state: (...segments) => join(folder, ...segments), values: 'live' };
  // As it was while one login did everything: its schema, tables, functions and sequences change hands.
  await migrateService('billing', { DATABASE_URL: postgres.url });
  await makeLogins(context, SCHEMA_OWNERS);
  for (const service of SCHEMA_OWNERS) {
    await migrateService(service, { DATABASE_URL: loginUrl(context, service, 'owner'), SEED_DEMO: 'true' });
  }
});

afterAll(() => postgres.stop());

describe.each(SCHEMA_OWNERS)('the logins of %s', (service) => {
  const schema = service.replaceAll('-', '_');
  const table = `${schema}.${TABLES[service]}`;

  it('serve without a warning: they neither own the schema nor pass by row level security', async () => {
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    const database = createDatabase({ url: loginUrl(context, service, 'login'), schema, poolMax: 1, metrics: createMetrics(), log });
    await database.check.check();
    expect(await database.read(TENANT, { operation: 'count', text: `select current_user as who from (select count(*) from ${table}) counted` })).toEqual([{ who: `${schema}_app` }]);
    await database.close();
    expect(lines).toEqual([]);
  });

  it('change nothing of the schema, as the role they act as or as themselves', async () => {
    const changes = [`alter table ${table} add surprise int`, `drop table ${table}`, `alter table ${table} disable row level security`, `drop schema ${schema} cascade`, `create table ${schema}.surprise ()`];
    const [asRole, asLogin] = [await as(loginUrl(context, service, 'login'), ...changes), await as(loginUrl(context, service, 'login'), 'set role none', ...changes, `select from ${table}`)];
    for (const answer of [...asRole, ...asLogin.slice(1)]) expect(answer).toMatch(/^(permission denied|must be owner)/);
  });

  it('become nobody who could: neither the owner nor another service', async () => {
    const other = service === 'core' ? 'rooms' : 'core';
    const answers = await as(loginUrl(context, service, 'login'), `set role ${schema}_owner`, `set role ${other}_app`, `alter role ${schema}_login bypassrls`, `grant ${schema}_owner to ${schema}_login`);
    for (const answer of answers) expect(answer).toMatch(/^permission denied/);
  });

  // Functions of an extension are its own.
  it('leave everything of the schema to the one that migrates', async () => {
    const [owners] = await as(postgres.url, `select distinct owner::regrole::text from (select relowner as owner from pg_class where relnamespace = '${schema}'::regnamespace
      union all select proowner from pg_proc where pronamespace = '${schema}'::regnamespace and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e') union all select nspowner from pg_namespace where nspname = '${schema}') owned`);
    expect(owners).toBe(JSON.stringify([{ owner: `${schema}_owner` }]));
    expect(await as(loginUrl(context, service, 'owner'), `alter table ${table} add surprise int`, `alter table ${table} drop surprise`)).toEqual(['[]', '[]']);
  });
});

it('are all that a service needs to sign somebody in and answer', async () => {
  const core = await startInProcess('core', { HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'warn', SHUTDOWN_GRACE_MS: '400', DATABASE_URL: loginUrl(context, 'core', 'login'), TOKEN_SIGNING_KEY: createTestKey('unused').pem });
  const credentials = { email: 'operator@demo.tartware.example', password: 'demo-password' };
  const signIn = await fetch(`${core.url}/v1/auth/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(credentials) });
  const { access_token: token } = (await signIn.json()) as { access_token: string };
  const properties = await fetch(`${core.url}/v1/properties`, { headers: { authorization: `Bearer ${token}` } });
  expect(((await properties.json()) as { items: unknown[] }).items).toHaveLength(5);
  await core.close();
});

it('are made again without a change, and take the passwords that the sandbox keeps', async () => {
  await as(postgres.url, 'alter role rooms_login password \'lost\'');
  await expect(as(loginUrl(context, 'rooms', 'login'))).rejects.toThrow('password authentication failed');
  await makeLogins(context, SCHEMA_OWNERS);
  expect(await as(loginUrl(context, 'rooms', 'login'), 'select current_user as who, current_schema() as schema')).toEqual(['[{"who":"rooms_app","schema":"rooms"}]']);
});
