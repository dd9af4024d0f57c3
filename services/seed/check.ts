/**
 * Looks whether the platform's data is consistent, over all schemas of one database:
 *
 *     const { violations, waiting } = await check(platform.postgres.url);
 *     expect(violations).toEqual([]);
 */
import pg from 'pg';
import { BETWEEN } from './checks/between.ts';
import { BILLING } from './checks/billing.ts';
import { HOUSEKEEPING } from './checks/housekeeping.ts';
import type { Invariant } from './checks/invariant.ts';
import { EVERYWHERE, SETTINGS } from './checks/kit.ts';
import { REFERENCES_KNOWN } from './checks/references.ts';
import { RESERVATIONS } from './checks/reservations.ts';
import { ROOMS } from './checks/rooms.ts';
import { connect } from './connect.ts';
import { SeedError } from './errors.ts';

export interface Violation {
  /** Name of the invariant. */
  invariant: string;
  /** What should be true. */
  meaning: string;
  /** How many rows break it. */
  rows: number;
  /** The first of them: which row, and what was found. */
  examples: string[];
}

export interface CheckOptions {
  /** Whether all events have taken effect, so that what one service learns from another must agree; true unless told. */
  settled?: boolean;
  /** Whose rows; needed for a login that row level security binds, which sees one tenant at a time. */
  tenantIds?: readonly string[];
}

export interface Checked {
  violations: Violation[];
  /** Names of the invariants that were looked at: those whose schemas are there. */
  looked: string[];
  /** Events not yet in Kafka, by schema; without those that have none. */
  waiting: Record<string, number>;
}

export const SCHEMAS = ['core', 'rooms', 'guests', 'reservations', 'billing', 'housekeeping', 'settings', 'command_center'] as const;
const EXAMPLES = 5;

export const INVARIANTS: readonly Invariant[] = [
  ...ROOMS, ...RESERVATIONS, ...BILLING, ...HOUSEKEEPING, ...SETTINGS, ...BETWEEN, ...REFERENCES_KNOWN, ...EVERYWHERE.flatMap((make) => SCHEMAS.map(make)),
];

/** @param databaseUrl of a superuser, or of the schemas' owner with `tenantIds` @throws SeedError when it cannot be reached or shows nothing */
export async function check(databaseUrl: string, options: CheckOptions = {}): Promise<Checked> {
  const client = await connect(databaseUrl, 'check');
  try {
    return await checkOn(client, options);
  } finally {
    await client.end();
  }
}

/** On a connection that is there, as what its transaction sees. @throws SeedError when it shows nothing */
export async function checkOn(client: pg.Client, { settled = true, tenantIds }: CheckOptions = {}): Promise<Checked> {
  const seesAll = await isUnbound(client);
  if (!seesAll && tenantIds === undefined) {
    throw new SeedError('tenants_hidden', 'This login sees the rows of one tenant at a time.', 'Name tenantIds, or use a login that may bypass row level security.');
  }
  const schemas = await schemasThere(client);
  const due = INVARIANTS.filter(({ needs, eventual }) => (settled || eventual !== true) && needs.every((schema) => schemas.includes(schema)));
  const checked: Checked = { violations: [], looked: due.map(({ name }) => name), waiting: {} };
  for (const tenant of seesAll ? [''] : (tenantIds ?? [])) {
    await client.query('select set_config(\'app.tenant_id\', $1, false)', [tenant]);
    for (const invariant of due) await look(client, invariant, checked);
    for (const schema of schemas) await countWaiting(client, schema, checked);
  }
  return checked;
}

async function isUnbound(client: pg.Client): Promise<boolean> {
  const { rows: [role] } = await client.query<{ unbound: boolean }>('select rolsuper or rolbypassrls as unbound from pg_roles where rolname = current_user');
  return role?.unbound === true;
}

async function schemasThere(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ schema: string }>('select schema from unnest($1::text[]) schema where to_regclass(schema || \'.outbox\') is not null', [SCHEMAS]);
  return rows.map(({ schema }) => schema);
}

async function look(client: pg.Client, { name, meaning, sql }: Invariant, { violations }: Checked): Promise<void> {
  const { rows } = await client.query<{ total: string; subject: string; found: string }>(`select count(*) over () as total, subject, found from (${sql}) as broken order by subject, found limit ${EXAMPLES}`);
  const [first] = rows;
  if (!first) return;
  const known = violations.find(({ invariant }) => invariant === name) ?? { invariant: name, meaning, rows: 0, examples: [] };
  if (known.rows === 0) violations.push(known);
  known.rows += Number(first.total);
  known.examples.push(...rows.map(({ subject, found }) => `${subject}: ${found}`));
}

async function countWaiting(client: pg.Client, schema: string, { waiting }: Checked): Promise<void> {
  const { rows: [counted] } = await client.query<{ events: number }>(`select count(*)::int as events from ${pg.escapeIdentifier(schema)}.outbox`);
  if (counted && counted.events > 0) waiting[schema] = (waiting[schema] ?? 0) + counted.events;
}
