/** What billing keeps of a property: its currency and its business date. */
import type { Statement, Transaction } from '@tartware/kit/database';

export interface Property {
  id: string;
  currency: string;
  /** `YYYY-MM-DD` */
  business_date: string;
}

const GET: Statement = { operation: 'properties.get', text: 'select id, currency, business_date from properties where id = $1' };
const SHARE: Statement = { operation: 'properties.share', text: `${GET.text} for share` };
const LOCK: Statement = { operation: 'properties.lock', text: `${GET.text} for update` };
const INSERT: Statement = {
  operation: 'properties.insert',
  text: 'insert into properties (tenant_id, id, currency, business_date) values (current_tenant(), $1, $2, $3) on conflict do nothing',
};
const ADVANCE: Statement = { operation: 'properties.advance', text: 'update properties set business_date = $2 where id = $1 and business_date < $2' };

export async function getProperty(transaction: Transaction, id: string): Promise<Property | undefined> {
  const [found] = await transaction.query<Property>(GET, [id]);
  return found;
}

/** Until the transaction ends its business date stays what it is. */
export async function shareProperty(transaction: Transaction, id: string): Promise<Property | undefined> {
  const [found] = await transaction.query<Property>(SHARE, [id]);
  return found;
}

/** Waits for every posting under way, and keeps new ones waiting. */
export async function lockProperty(transaction: Transaction, id: string): Promise<Property | undefined> {
  const [found] = await transaction.query<Property>(LOCK, [id]);
  return found;
}

export async function insertProperty(transaction: Transaction, { id, currency, business_date }: Property): Promise<void> {
  await transaction.query(INSERT, [id, currency, business_date]);
}

/** Only ever forward. */
export async function advanceProperty(transaction: Transaction, id: string, businessDate: string): Promise<void> {
  await transaction.query(ADVANCE, [id, businessDate]);
}
