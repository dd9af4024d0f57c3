/** Brings a service's schema up to date with node-pg-migrate: SQL files in `migrations/`, each once, in one transaction, one runner at a time. */
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { runner } from 'node-pg-migrate';
import { appRole } from './database.ts';
import type { Logger } from './log.ts';

export interface MigrationOptions {
  /** Connection string of a role that owns the schema (or may make it) and may make roles. */
  url: string;
  schema: string;
  /** Absolute path of the folder with the `.sql` files. */
  dir: string;
  log: Logger;
}

const KIT_MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Makes the schema and its role `<schema>_app`, then runs what is new: first the kit's own migrations (outbox, inbox, idempotency keys), then the service's. Rights are granted by the migrations themselves, table by table.
 * Safe to run again and at the same time: a second runner waits.
 *
 * @param seed runs as the owner after the migrations
 */
export async function migrate(options: MigrationOptions, seed?: (client: pg.Client) => Promise<void>): Promise<void> {
  const { url, schema, dir, log } = options;
  const client = new pg.Client({ connectionString: url, application_name: `${schema}-migrate` });
  await client.connect();
  try {
    await makeRole(client, schema);
    const applied = [
      ...await runFolder(client, { schema, dir: KIT_MIGRATIONS, table: 'kit_migrations', log }),
      ...await runFolder(client, { schema, dir, table: 'migrations', log }),
    ];
    await client.query(`grant usage on schema ${pg.escapeIdentifier(schema)} to ${pg.escapeIdentifier(appRole(schema))}`);
    log.info({ schema, applied }, 'schema is up to date');
    await seed?.(client);
  } finally {
    await client.end();
  }
}

/** @returns the names of what was new */
async function runFolder(client: pg.Client, { schema, dir, table, log }: { schema: string; dir: string; table: string; log: Logger }): Promise<string[]> {
  const done = await runner({
    dbClient: client,
    dir,
    direction: 'up',
    migrationsTable: table,
    schema,
    createSchema: true,
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: { debug: (text) => log.debug(text), info: (text) => log.debug(text), warn: (text) => log.warn(text), error: (text) => log.error(text) },
  });
  return done.map(({ name }) => name);
}

/** Roles belong to the whole server: another database's migration may make the same one at the same time. */
async function makeRole(client: pg.Client, schema: string): Promise<void> {
  const role = appRole(schema);
  await client.query(`
    do $$ begin
      if not exists (select from pg_catalog.pg_roles where rolname = ${pg.escapeLiteral(role)}) then
        create role ${pg.escapeIdentifier(role)} nologin nosuperuser nobypassrls;
      end if;
    exception when duplicate_object or unique_violation then null;
    end $$`);
  // So that the role which the service signs in as may act as it.
  await client.query(`grant ${pg.escapeIdentifier(role)} to current_user with set true, inherit false`);
}
