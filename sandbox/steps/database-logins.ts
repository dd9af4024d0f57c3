/** The logins of the services in the sandbox's PostgreSQL, made by the chart's own SQL: one that serves and one that migrates for each schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { databaseUrl } from '../parts/data-stores.ts';
import { REPOSITORY } from '../paths.ts';
import type { Context } from '../supervisor/part.ts';
import { once, randomSecret } from './once.ts';

const ROLES_SQL = join(REPOSITORY, 'charts', 'tartware', 'files', 'data-stores', 'postgresql-roles.sql');

/** `login` may only act as the schema's role, `owner` owns the schema. */
export const LOGINS = ['login', 'owner'] as const;
export type Login = (typeof LOGINS)[number];

function roleOf(service: string, login: Login): string {
  return `${service.replaceAll('-', '_')}_${login}`;
}

function passwordOf(context: Context, service: string, login: Login): string {
  return once(context, `${service}.${login}-password`, randomSecret);
}

/** The connection string of a service's login. */
export function loginUrl(context: Context, service: string, login: Login): string {
  return Object.assign(new URL(databaseUrl(context)), { username: roleOf(service, login), password: passwordOf(context, service, login) }).href;
}

/** Makes the roles where they are missing, and sets the passwords that the Secrets hold. */
export async function makeLogins(context: Context, services: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(context) });
  await client.connect();
  try {
    await client.query(readFileSync(ROLES_SQL, 'utf8'));
    for (const service of services) {
      for (const login of LOGINS) {
        await client.query(`alter role ${pg.escapeIdentifier(roleOf(service, login))} password ${pg.escapeLiteral(passwordOf(context, service, login))}`);
      }
    }
  } finally {
    await client.end();
  }
}
