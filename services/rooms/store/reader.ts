/** For what only reads: a transaction, or single statements. */
import type { Database, Transaction } from '@tartware/kit/database';

export type Reader = Pick<Transaction, 'query'>;

/** Each statement in one round trip, in a transaction of its own. */
export function readerOf(database: Database, tenantId: string): Reader {
  return { query: (statement, values) => database.read(tenantId, statement, values) };
}
