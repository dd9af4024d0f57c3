import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '@tartware/kit/testing';
import { DEMO_TENANT_ID } from '../core/seed.ts';
import { check } from './check.ts';
import { connect } from './connect.ts';
import { seed } from './seed.ts';
import type { SeedOptions } from './seed.ts';
import { startSeedDatabase } from './testing/database.ts';
import type { SeedDatabase } from './testing/database.ts';

const OTHER_TENANT = '0199bbbb-0000-7000-8000-00000000000b';
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

let database: SeedDatabase;

beforeAll(async () => {
  database = await startSeedDatabase();
  await database.sql(`insert into core.tenants (id, name) values ('${OTHER_TENANT}', 'Other Hotels')`);
});

afterAll(() => database.stop());

const options = (over: Partial<SeedOptions> = {}): SeedOptions => ({ databaseUrl: database.url, tenantId: DEMO_TENANT_ID, properties: 1, reservationsPerProperty: 60, seed: 42, ...over });

async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = runProgram(main, args, { DATABASE_URL: database.url });
  return { code: await program.exit, output: program.output() };
}

async function count(what: string): Promise<number> {
  const client = await connect(database.superuserUrl, 'test');
  try {
    const { rows: [row] } = await client.query<{ count: number }>(`select count(*)::int as count from ${what}`);
    return row?.count ?? 0;
  } finally {
    await client.end();
  }
}

describe('seeding', () => {
  it('makes each hotel once, however often and in how many at once it is run', async () => {
    const both = await Promise.all([seed(options({ properties: 2 })), seed(options({ properties: 2 }))]);
    expect(both.map(({ known, reservations }) => known * 60 + reservations)).toEqual([120, 120]);
    expect(both[0].propertyIds).toEqual(both[1].propertyIds);
    expect(await seed(options({ properties: 3 }))).toMatchObject({ known: 2, reservations: 60 });
    expect(await count('reservations.reservations')).toBe(180);
    expect((await check(database.superuserUrl)).violations).toEqual([]);
  });

  it('makes other hotels by another seed and for another tenant, who is seen by himself alone', async () => {
    const mine = await seed(options({ seed: 43 }));
    const theirs = await seed(options({ tenantId: OTHER_TENANT }));
    expect(new Set([...mine.propertyIds, ...theirs.propertyIds, ...(await seed(options())).propertyIds]).size).toBe(3);
    expect(await count(`reservations.reservations where tenant_id = '${OTHER_TENANT}'`)).toBe(60);
    expect((await check(database.superuserUrl)).violations).toEqual([]);
    expect((await check(database.url, { tenantIds: [OTHER_TENANT] })).violations).toEqual([]);
  });

  it('leaves nothing half made', async () => {
    await database.sql('create function housekeeping.refuse() returns trigger language plpgsql as $$ begin raise exception \'no more tasks\'; end $$; create trigger refuse before insert on housekeeping.tasks for each statement execute function housekeeping.refuse()');
    await expect(seed(options({ seed: 44 }))).rejects.toMatchObject({ code: 'schema_outdated', message: expect.stringContaining('no more tasks') as string, hint: expect.stringContaining('services/seed/housekeeping.ts') as string });
    await database.sql('drop trigger refuse on housekeeping.tasks');
    expect(await seed(options({ seed: 44 }))).toMatchObject({ known: 0 });
    expect((await check(database.superuserUrl)).violations).toEqual([]);
  });

  it('announces all that there is, each version of it once, and has what follows from it in the inboxes', async () => {
    expect(await count('(select distinct aggregate_id, version from reservations.outbox) o')).toBe(await count('reservations.outbox'));
    expect(await count('reservations.outbox')).toBe(await count('reservations.reservation_history'));
    expect(await count('billing.outbox where type = \'ledger.posted\'')).toBe(await count('billing.ledger_entries'));
    expect(await count('billing.inbox where consumer = \'reservations\'')).toBe(await count('reservations.outbox where type in (\'reservation.confirmed\', \'reservation.changed\', \'reservation.cancelled\', \'reservation.no_show\')'));
    expect(await count('rooms.outbox where occurred_at > now()')).toBe(0);
  });
});

describe('the program', () => {
  it('says what it made', async () => {
    const { code, output } = await run('--properties', '1', '--reservations-per-property', '40', '--seed', '99');
    expect(output).toMatch(/1\/1 property [\da-f-]{36}: 40 reservations, \d+ rows/);
    expect(JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? '')).toMatchObject({ properties: 1, known: 0, reservations: 40 });
    expect(code).toBe(0);
  });

  it.each([
    [['--help'], 0, '--reservations-per-property M'],
    [['--properties', '-1'], 2, 'option_wrong'],
    [['--properties', '1', '--tenant', '0199bbbb-0000-7000-8000-0000000000ff'], 1, 'tenant_unknown'],
    [['--properties', '1', '--database-url', 'postgres://x@127.0.0.1:1/x'], 1, 'database_unreachable'],
  ])('%j ends with %i and says %s', async (args, code, text) => {
    const ended = await run(...args);
    expect(ended.code).toBe(code);
    expect(ended.output).toContain(text);
    expect(ended.output).not.toContain('    at ');
  });

  it('names the schemas that are missing', async () => {
    const { code, output } = await database.withCopy(async (copy) => {
      await copy.sql('drop schema settings cascade; drop table billing.outbox');
      return run('--properties', '1', '--database-url', copy.superuserUrl);
    });
    expect([code, output]).toEqual([1, expect.stringContaining('schema_missing: These schemas are not there: billing, settings.')]);
  });
});
