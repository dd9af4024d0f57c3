import type { Database, Transaction } from '@tartware/kit/database';

/** What reads need: a transaction, or single statements of a tenant, each in one round trip. */
export type Queries = Pick<Transaction, 'query'>;

export function reading(database: Database, tenantId: string): Queries {
  return { query: (statement, values) => database.read(tenantId, statement, values) };
}
