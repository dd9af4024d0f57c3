import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres } from '@tartware/kit/testing';
import type { RunningPostgres } from '@tartware/kit/testing';
import { reservations } from './service.ts';

let postgres: RunningPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

async function asOwner<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

it('migrates, extension included, as an owner who is no superuser, and as often as one likes at once', async () => {
  await asOwner('create role plain_owner login createrole password \'owner\'; grant create on database tartware to plain_owner');
  const url = new URL(postgres.url);
  url.username = 'plain_owner';
  url.password = 'owner';
  const migrate = () => Promise.resolve(reservations.migrate?.({ env: { DATABASE_URL: url.href }, log: pino({ level: 'silent' }) }));
  await Promise.all([migrate(), migrate()]);
  await migrate();
  const [constraint] = await asOwner<{ definition: string }>('select pg_get_constraintdef(oid) as definition from pg_constraint where conname = \'one_stay_per_room_and_night\'');
  expect(constraint?.definition).toContain('EXCLUDE USING gist (tenant_id WITH =, room_id WITH =, room_nights WITH &&)');
});

it('gives the serving role no way around the history, nor to rewrite what a day was told', async () => {
  const rights = await asOwner<{ table: string; rights: string }>(`select table_name as table, string_agg(privilege_type, ' ' order by privilege_type) as rights from information_schema.role_table_grants
    where grantee = 'reservations_app' and table_name in ('reservation_history', 'business_days') group by 1 order by 1`);
  expect(rights).toEqual([{ table: 'business_days', rights: 'INSERT SELECT' }, { table: 'reservation_history', rights: 'INSERT SELECT' }]);
});
