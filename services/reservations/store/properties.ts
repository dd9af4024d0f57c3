/** This service's own copy of the properties, with the business date that its reservations are at. */
import type { Statement, Transaction } from '@tartware/kit/database';

export interface Property {
  id: string;
  time_zone: string;
  currency: string;
  business_date: string;
}

const GET: Statement = { operation: 'properties.get', text: 'select id, time_zone, currency, business_date from properties where id = $1' };
// Two requests may see a new property at once; whoever comes second finds it as it is by then.
const KEEP: Statement = {
  operation: 'properties.keep',
  text: 'insert into properties (tenant_id, id, time_zone, currency, business_date) values (current_tenant(), $1, $2, $3, $4) on conflict do nothing',
};

export async function getProperty(transaction: Transaction, id: string): Promise<Property | undefined> {
  const [found] = await transaction.query<Property>(GET, [id]);
  return found;
}

export async function keepProperty(transaction: Transaction, { id, time_zone, currency, business_date }: Property): Promise<void> {
  await transaction.query(KEEP, [id, time_zone, currency, business_date]);
}
