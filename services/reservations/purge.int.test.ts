import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres } from '@tartware/kit/testing';
import type { RunningPostgres } from '@tartware/kit/testing';
import { createDatabase } from '../kit/database.ts';
import type { Database } from '../kit/database.ts';
import { createMetrics } from '../kit/metrics.ts';
import { purgeOld } from './operations/sweep.ts';
import type { Engine } from './operations/carry.ts';
import { reservations } from './service.ts';
import { listReservations } from './store/list.ts';

let postgres: RunningPostgres;
let owner: pg.Client;
let database: Database;
const tenant = randomUUID();
const property = randomUUID();

beforeAll(async () => {
  postgres = await startPostgres();
  const log = pino({ level: 'silent' });
  await reservations.migrate?.({ env: { DATABASE_URL: postgres.url }, log });
  owner = new pg.Client({ connectionString: postgres.url, options: '-c search_path=reservations' });
  await owner.connect();
  database = createDatabase({ url: postgres.url, schema: 'reservations', poolMax: 2, metrics: createMetrics(), log });
  await owner.query('insert into properties (tenant_id, id, time_zone, currency, business_date) values ($1, $2, \'Europe/Berlin\', \'EUR\', \'2027-01-01\')', [tenant, property]);
});

afterAll(async () => {
  await database.close();
  await owner.end();
  await postgres.stop();
});

async function rejected(age: string): Promise<string> {
  const { rows: [made] } = await owner.query<{ id: string }>(
    `insert into reservations (tenant_id, property_id, guest_id, status, room_type_id, rate_plan_id, arrival, departure, room_nights, adults, children, source, changed_by, updated_at)
     values ($1, $2, uuidv7(), 'rejected', uuidv7(), uuidv7(), '2027-05-01', '2027-05-02', '[2027-05-01,2027-05-02)', 1, 0, 'direct', 'test', now() - $3::interval) returning id`, [tenant, property, age]);
  await owner.query(
    `insert into operations (tenant_id, kind, state, reservation_id, input, started_by, lease_until, created_at, finished_at)
     values ($1, 'reserve', 'refused', $2, '{}', 'test', now() - $3::interval, now() - $3::interval, now() - $3::interval)`, [tenant, made?.id, age]);
  return made?.id ?? '';
}

it('takes away what could not be had two days ago, and nothing younger', async () => {
  const [, young] = [await rejected('49 hours'), await rejected('47 hours')];
  // What purging needs of an engine is its database.
  await purgeOld({ database } as Engine);
  expect((await owner.query('select id from reservations')).rows).toEqual([{ id: young }]);
  expect((await owner.query('select reservation_id from operations')).rows).toEqual([{ reservation_id: young }]);
});

it('finds reservations by indexes that begin with the tenant', async () => {
  await owner.query(
    `insert into reservations (tenant_id, property_id, guest_id, status, room_type_id, rate_plan_id, arrival, departure, room_nights, adults, children, source, changed_by)
     select $1, $2, uuidv7(), 'rejected', uuidv7(), uuidv7(), '2027-05-01', '2027-05-02', '[2027-05-01,2027-05-02)', 1, 0, 'direct', 'test' from generate_series(1, 5000)`, [tenant, property]);
  await owner.query('analyze reservations');
  const plans: string[] = [];
  const explain: Pick<Database, 'read'> = {
    read: async (asked, { operation, text }, values) => {
      const rows = await database.read<{ 'QUERY PLAN': string }>(asked, { operation: `explain.${operation}`, text: `explain ${text}` }, values);
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      return [];
    },
  };
  await listReservations(explain, tenant, { guest_id: randomUUID(), status: ['rejected'] }, 50);
  await listReservations(explain, tenant, { property_id: property, arrival_from: '2027-06-01', arrival_to: '2027-06-02', status: ['rejected'] }, 50);
  expect(plans.map((plan) => /Index Cond: \(\(tenant_id = .*(guest_id|arrival)/.test(plan)), plans.join('\n\n')).toEqual([true, true]);
});
