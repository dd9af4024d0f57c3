import { unauthorized } from '@tartware/kit';
import type { Database, Statement, Transaction } from '@tartware/kit/database';

const EXISTS: Statement = { operation: 'tenants.exists', text: 'select 1 as found from tenants' };

/** Row level security leaves the one tenant, or none. */
export async function tenantExists(database: Database, tenantId: string): Promise<boolean> {
  const rows = await database.withTenant(tenantId, (transaction) => transaction.query(EXISTS));
  return rows.length === 1;
}

/** A token outlives its tenant by an hour at most. @throws Problem 401 `tenant_unknown` */
export async function requireTenant(transaction: Transaction): Promise<void> {
  const rows = await transaction.query(EXISTS);
  if (rows.length === 0) {
    throw unauthorized('tenant_unknown', 'The tenant does not exist.');
  }
}
