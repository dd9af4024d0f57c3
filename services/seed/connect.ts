/** One connection for a program that does one thing. */
import pg from 'pg';
import { SeedError } from './errors.ts';

/** @throws SeedError `database_unreachable` */
export async function connect(databaseUrl: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000, application_name: name });
  // Broken while nothing runs: the next statement says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : String(cause);
    throw new SeedError('database_unreachable', `The database cannot be reached: ${reason}.`, 'Check its address, and that PostgreSQL runs.', { cause });
  }
  return client;
}
