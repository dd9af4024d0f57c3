/** Makes hotels for a tenant, each in one transaction over all schemas: it is there whole or not at all. What is there is left as it is. */
import pg from 'pg';
import { billingRows } from './billing.ts';
import { connect } from './connect.ts';
import { coreRows } from './core.ts';
import { SeedError } from './errors.ts';
import { guestsRows } from './guests.ts';
import { idOfProperty, makeHotel } from './hotel/hotel.ts';
import type { Hotel } from './hotel/hotel.ts';
import { housekeepingRows } from './housekeeping.ts';
import { schemaOf, writeSchema } from './insert.ts';
import type { Growth } from './insert.ts';
import { reservationsRows } from './reservations.ts';
import { roomsRows } from './rooms.ts';
import type { Row, SchemaRows } from './rows.ts';
import { settingsRows } from './settings.ts';

export interface SeedOptions {
  /** Of a login that owns the schemas. */
  databaseUrl: string;
  tenantId: string;
  properties: number;
  reservationsPerProperty: number;
  seed: number;
  /** What has happened, happened before it; now unless told. */
  now?: Date;
  /** Told what was done, a line at a time. */
  progress?: (line: string) => void;
}

export interface Seeded {
  propertyIds: string[];
  /** How many of them were there already. */
  known: number;
  reservations: number;
  rows: number;
}

interface Run {
  client: pg.Client;
  options: SeedOptions;
  /** One of the tenant's users, who did it all. */
  actor: string | null;
  growth: Growth;
}

type SchemaModule = (hotel: Hotel) => SchemaRows;

/** One module for each schema: whoever changes a schema changes its module. Core goes first and is what tells whether a property is there. */
const MODULES: Readonly<Record<string, SchemaModule>> = {
  core: coreRows, rooms: roomsRows, guests: guestsRows, reservations: reservationsRows, billing: billingRows, housekeeping: housekeepingRows, settings: settingsRows,
};

/** @throws SeedError `database_unreachable`, `schema_missing`, `tenant_unknown`, `schema_outdated` */
export async function seed(options: SeedOptions): Promise<Seeded> {
  const { databaseUrl, tenantId, properties, progress = () => undefined } = options;
  const client = await connect(databaseUrl, 'seed');
  try {
    await requireSchemas(client);
    const actor = await requireTenant(client, tenantId);
    const run: Run = { client, options, actor, growth: new Map() };
    const seeded: Seeded = { propertyIds: [], known: 0, reservations: 0, rows: 0 };
    for (let number = 1; number <= properties; number += 1) {
      const began = performance.now();
      const id = idOfProperty({ tenantId, seed: options.seed, number });
      seeded.propertyIds.push(id);
      const rows = await inTransaction(client, tenantId, () => seedProperty(run, number, id));
      if (rows === undefined) {
        seeded.known += 1;
        progress(`${number}/${properties} property ${id} is there already`);
      } else {
        seeded.rows += rows;
        seeded.reservations += options.reservationsPerProperty;
        progress(`${number}/${properties} property ${id}: ${options.reservationsPerProperty} reservations, ${rows} rows in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
      }
    }
    return seeded;
  } finally {
    await client.end();
  }
}

async function requireSchemas(client: pg.Client): Promise<void> {
  const wanted = Object.keys(MODULES).map(schemaOf);
  const { rows } = await client.query<{ schema: string }>(
    'select schema from unnest($1::text[]) schema where to_regclass(quote_ident(schema) || \'.outbox\') is null', [wanted],
  );
  if (rows.length > 0) {
    const missing = rows.map(({ schema }) => schema).join(', ');
    throw new SeedError('schema_missing', `These schemas are not there: ${missing}.`, 'Run "node main.ts migrate" in the folder of each of these services first.');
  }
}

/** @returns one of the tenant's users; null when it has none */
async function requireTenant(client: pg.Client, tenantId: string): Promise<string | null> {
  const found = await inTransaction(client, tenantId, async () => {
    const { rows: [tenant] } = await client.query<{ actor: string | null }>(
      'select (select m.user_id from core.memberships m where m.tenant_id = t.id order by m.created_at, m.user_id limit 1) as actor from core.tenants t where t.id = $1', [tenantId],
    );
    return tenant;
  });
  if (!found) throw new SeedError('tenant_unknown', `There is no tenant ${tenantId}.`, 'Name another with --tenant; the demo tenant is made by core\'s migrate with SEED_DEMO=true.');
  return found.actor;
}

async function inTransaction<Result>(client: pg.Client, tenantId: string, work: () => Promise<Result>): Promise<Result> {
  await client.query('begin');
  try {
    await client.query('select set_config(\'app.tenant_id\', $1, true)', [tenantId]);
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** @returns how many rows were written; nothing when the property is there already */
async function seedProperty({ client, options, actor, growth }: Run, number: number, id: string): Promise<number | undefined> {
  const { tenantId, seed: seedNumber, reservationsPerProperty: reservations, now = new Date() } = options;
  // Two seedings at once: the second waits here and then finds what the first made.
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`seed ${tenantId} ${id}`]);
  const { rowCount } = await client.query('select from core.properties where tenant_id = $1 and id = $2', [tenantId, id]);
  if (rowCount !== 0) return undefined;
  const hotel = makeHotel({ tenantId, seed: seedNumber, number, reservations, now, actor });
  const schemas = Object.values(MODULES).map((rowsOf) => rowsOf(hotel));
  let written = 0;
  for (const schema of schemas) {
    written += await write(schema, () => writeSchema(client, growth, tenantId, schema, inboxOf(schema, schemas, hotel.house.now)));
  }
  return written;
}

async function write(schema: SchemaRows, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError)) throw cause;
    throw new SeedError(
      'schema_outdated', `The schema ${schemaOf(schema.service)} takes the rows no more: ${cause.message}${cause.detail === undefined ? '' : ` (${cause.detail})`}.`,
      `Bring it up to date ("node main.ts migrate" in services/${schema.service}); if it is newer than the seed, change services/seed/${schema.service}.ts.`, { cause },
    );
  }
}

/** What a service has done for events of others is among its rows: its consumers must know those events. */
function inboxOf({ consumed = [] }: SchemaRows, schemas: readonly SchemaRows[], now: number): Row[] {
  const received_at = new Date(now).toISOString();
  return consumed.flatMap(({ consumer, of, types }) => {
    const wanted = new Set(types);
    const events = schemas.find(({ service }) => service === of)?.events ?? [];
    return events.filter(({ type }) => wanted.has(type)).map(({ id }) => ({ consumer, event_id: id, received_at }));
  });
}
