/** A real PostgreSQL with the schema of every service that has one, owned by a login without special rights, as in production. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { migrate } from '@tartware/kit/migrations';
import { startPostgres } from '@tartware/kit/testing';
import { seedDemo } from '../../core/seed.ts';

export interface SeedDatabase {
  /** Of a login that owns the schemas and that row level security binds. */
  url: string;
  /** Of the superuser, who sees all tenants and may break what constraints and triggers keep. */
  superuserUrl: string;
  /** As the superuser. */
  sql: (text: string) => Promise<void>;
  /**
   * A copy of the database as it is, for a test to break; nobody else may be connected to the original meanwhile.
   * @returns what the work returns; the copy is gone then
   */
  withCopy: <Result>(work: (copy: { superuserUrl: string; sql: (text: string) => Promise<void> }) => Promise<Result>) => Promise<Result>;
  stop: () => Promise<void>;
}

const OWNER = 'tartware_schemas';
const services = new URL('../../', import.meta.url);

/** Names of the services that have migrations. */
export function servicesWithSchema(): string[] {
  return readdirSync(services).filter((name) => name !== 'kit' && existsSync(new URL(`${name}/migrations`, services)));
}

export async function startSeedDatabase(names: readonly string[] = servicesWithSchema()): Promise<SeedDatabase> {
  const postgres = await startPostgres();
  const url = new URL(postgres.url);
  await run(postgres.url, `create role ${OWNER} login createrole nosuperuser nobypassrls password '${OWNER}'; alter database ${pg.escapeIdentifier(url.pathname.slice(1))} owner to ${OWNER}`);
  url.username = OWNER;
  url.password = OWNER;
  for (const name of names) {
    const dir = fileURLToPath(new URL(`${name}/migrations`, services));
    const seed = name === 'core' ? (client: pg.Client) => seedDemo(client, 'demo-password') : undefined;
    await migrate({ url: url.href, schema: name.replaceAll('-', '_'), dir, log: pino({ level: 'warn' }) }, seed);
  }
  return {
    url: url.href, superuserUrl: postgres.url, stop: postgres.stop, sql: (text) => run(postgres.url, text),
    async withCopy(work) {
      const copy = new URL(postgres.url);
      copy.pathname = '/copy';
      const elsewhere = new URL('/postgres', postgres.url).href;
      await run(elsewhere, `create database copy template ${pg.escapeIdentifier(url.pathname.slice(1))}`);
      try {
        return await work({ superuserUrl: copy.href, sql: (text) => run(copy.href, text) });
      } finally {
        await run(elsewhere, 'drop database copy with (force)');
      }
    },
  };
}

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
