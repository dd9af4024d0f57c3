import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_TENANT_ID } from '../core/seed.ts';
import { INVARIANTS, check, checkOn } from './check.ts';
import type { CheckOptions, Checked } from './check.ts';
import { connect } from './connect.ts';
import { seed } from './seed.ts';
import { BREAKS, breakProperty, breakReference } from './testing/breaks.ts';
import { startSeedDatabase } from './testing/database.ts';
import type { SeedDatabase } from './testing/database.ts';

let database: SeedDatabase;
let superuser: pg.Client;

beforeAll(async () => {
  database = await startSeedDatabase();
  await seed({ databaseUrl: database.url, tenantId: DEMO_TENANT_ID, properties: 2, reservationsPerProperty: 150, seed: 7, now: new Date('2027-06-16T16:30:00Z') });
  superuser = await connect(database.superuserUrl, 'test');
});

afterAll(async () => {
  await superuser.end();
  await database.stop();
});

/** What is found after `sql`, which is then taken back. */
async function broken(sql: string, options: CheckOptions = {}): Promise<Checked> {
  await superuser.query('begin');
  try {
    await superuser.query(sql);
    return await checkOn(superuser, options);
  } finally {
    await superuser.query('rollback');
  }
}

const names = (starts: string): string[] => INVARIANTS.map(({ name }) => name).filter((name) => name.startsWith(starts));

describe('a database with seeded hotels', () => {
  it('has no violation, and events that wait', async () => {
    const { violations, looked, waiting } = await check(database.superuserUrl);
    expect(violations).toEqual([]);
    expect(looked).toHaveLength(INVARIANTS.length);
    expect(Object.keys(waiting).sort()).toEqual(['billing', 'core', 'guests', 'housekeeping', 'reservations', 'rooms', 'settings']);
  });

  it('is checked tenant by tenant by a login that row level security binds', async () => {
    await expect(check(database.url)).rejects.toMatchObject({ code: 'tenants_hidden' });
    expect((await check(database.url, { tenantIds: [DEMO_TENANT_ID] })).violations).toEqual([]);
  });
});

describe('of what is broken', () => {
  it.each(BREAKS)('$invariant is named', async ({ invariant, sql, also = [] }) => {
    const { violations } = await broken(sql);
    expect(violations.map((violation) => violation.invariant).sort()).toEqual([invariant, ...also].sort());
    expect(violations.every(({ rows, examples }) => rows > 0 && examples.length > 0)).toBe(true);
  });

  it.each([...names('reference_known:').map((name) => [name, breakReference(name)]), ...names('reference_of_the_property:').map((name) => [name, breakProperty(name)])])('%s is named', async (name, sql) => {
    const { violations } = await broken(sql ?? '');
    expect(violations.map(({ invariant }) => invariant)).toContain(name);
  });

  it('a row of another tenant is told apart from one that is nowhere', async () => {
    const { violations } = await broken('set session_replication_role = replica; update guests.guests set tenant_id = uuidv7() where id = (select guest_id from reservations.reservations order by id limit 1)');
    expect(violations.find(({ invariant }) => invariant === 'reference_known:reservations.reservations.guest_id')?.examples.join()).toContain('of another tenant');
  });

  it('what events have yet to bring is left out when told', async () => {
    const { violations } = await broken('delete from housekeeping.tasks', { settled: false });
    expect(violations).toEqual([]);
  });
});

it('there is a way to break every invariant', () => {
  const broken = new Set(BREAKS.map(({ invariant }) => invariant.split(':')[0]));
  expect(INVARIANTS.map(({ name }) => name.split(':')[0]).filter((name) => !broken.has(name) && !name?.startsWith('reference_'))).toEqual([]);
});
