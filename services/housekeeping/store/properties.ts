/** The day that each property is at. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Reader } from './reader.ts';

const GET: Statement = { operation: 'properties.get', text: 'select business_date from properties where id = $1' };
/** Answers of core and its events may cross: the date only moves on. */
const KEEP: Statement = {
  operation: 'properties.keep',
  text: `insert into properties as known (tenant_id, id, business_date) values (current_tenant(), $1, $2)
    on conflict (tenant_id, id) do update set business_date = greatest(known.business_date, excluded.business_date)`,
};

export async function getBusinessDate(reader: Reader, propertyId: string): Promise<string | undefined> {
  const [found] = await reader.query<{ business_date: string }>(GET, [propertyId]);
  return found?.business_date;
}

export async function keepBusinessDate(transaction: Transaction, propertyId: string, businessDate: string): Promise<void> {
  await transaction.query(KEEP, [propertyId, businessDate]);
}
