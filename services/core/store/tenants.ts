import type { Database, Statement } from '@tartware/kit/database';

const EXISTS: Statement = { operation: 'tenants.exists', text: 'select 1 as found from tenants' };

/** Row level security leaves the one tenant, or none. */
export async function tenantExists(database: Database, tenantId: string): Promise<boolean> {
  const rows = await database.withTenant(tenantId, (transaction) => transaction.query(EXISTS));
  return rows.length === 1;
}
