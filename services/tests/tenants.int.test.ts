/** Invariant 6: the tenant comes from the token alone, and no table of any service shows a row to anybody else. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICES, startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';

const SCHEMAS = SERVICES.filter((name) => name !== 'api-gateway').map((name) => name.replaceAll('-', '_'));
/** Of the migration tool: no service may touch them. */
const BOOKKEEPING = ['migrations', 'kit_migrations'];
/** Not of one tenant: whoever signs in, and the tenants themselves. */
const WITHOUT_TENANT = ['core.users', 'core.tenants'];

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(SERVICES);
});

afterAll(() => platform.stop());

interface Table {
  name: string;
  schema: string;
  forced: boolean;
  owned_by_app: boolean;
  keys_begin_with: string[];
}

function tables(): Promise<Table[]> {
  return platform.sql<Table>(
    `select relnamespace::regnamespace || '.' || relname as name, relnamespace::regnamespace::text as schema, relrowsecurity and relforcerowsecurity as forced,
       pg_has_role(relnamespace::regnamespace || '_app', relowner, 'usage') as owned_by_app,
       array(select distinct attname::text from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0] where indrelid = pg_class.oid and indisunique) as keys_begin_with
     from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text = any($1) and relname <> all($2) order by 1`,
    [SCHEMAS, BOOKKEEPING],
  );
}

describe('every table of every service', () => {
  it('is behind forced row level security and not the serving role\'s own', async () => {
    const found = await tables();
    expect(new Set(found.map(({ schema }) => schema))).toEqual(new Set(SCHEMAS));
    expect(found.filter(({ forced, owned_by_app }) => !forced || owned_by_app)).toEqual([]);
  });

  it('has a policy for the tenant', async () => {
    const rows = await platform.sql<{ name: string }>(
      `select relnamespace::regnamespace || '.' || relname as name from pg_class
       where relkind in ('r', 'p') and relnamespace::regnamespace::text = any($1) and relname <> all($2)
         and not exists (select from pg_policy where polrelid = pg_class.oid and pg_get_expr(polqual, polrelid) ~ 'current_tenant')`,
      [SCHEMAS, BOOKKEEPING],
    );
    expect(rows.map(({ name }) => name).filter((name) => !WITHOUT_TENANT.includes(name))).toEqual([]);
  });

  it('begins its key with the tenant, so that no id of one tenant can stand for another\'s', async () => {
    const found = await tables();
    const different = found.filter(({ name, keys_begin_with: [first, ...others] }) => (first !== 'tenant_id' || others.length > 0) && !WITHOUT_TENANT.includes(name));
    // The outbox is read in the order in which rows were written, by the relay of all tenants.
    expect(different.map(({ name }) => name)).toEqual(SCHEMAS.map((schema) => `${schema}.outbox`).sort());
  });

  it.each(SCHEMAS)('of %s shows nothing without a tenant, nor with another one, whatever is in it', async (schema) => {
    const client = new pg.Client({ connectionString: platform.postgres.url, options: `-c role=${schema}_app -c search_path=${schema}` });
    await client.connect();
    try {
      for (const { name } of (await tables()).filter((table) => table.schema === schema)) {
        for (const tenant of ['', '0199dddd-0000-7000-8000-00000000000d']) {
          await client.query('select set_config(\'app.tenant_id\', $1, false)', [tenant]);
          const { rows } = await client.query(`select * from ${name} limit 1`).catch((error: unknown) => refusedOnly(error));
          expect(rows, `${name} as ${tenant || 'nobody'}`).toEqual([]);
        }
      }
    } finally {
      await client.end();
    }
  });

  it.each(SCHEMAS)('of %s refuses a row that is written for another tenant', async (schema) => {
    const rows = await platform.sql<{ name: string }>(
      `select polrelid::regclass::text as name from pg_policy join pg_class on pg_class.oid = polrelid
       where relnamespace::regnamespace::text = $1 and polname = 'tenant' and polwithcheck is not null and pg_get_expr(polwithcheck, polrelid) !~ 'current_tenant'`,
      [schema],
    );
    expect(rows).toEqual([]);
  });
});

/** A table that the role may not even read shows nothing, too. */
function refusedOnly(error: unknown): { rows: never[] } {
  expect(error).toMatchObject({ code: '42501' });
  return { rows: [] };
}
