/** What rooms knows of core's properties. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Reader } from './reader.ts';

export interface Property {
  id: string;
  time_zone: string;
  currency: string;
  business_date: string;
}

const GET: Statement = { operation: 'properties.get', text: 'select id, time_zone, currency, business_date from properties where id = $1' };
/** Answers of core and its events may cross: the business date only moves on. */
const KEEP: Statement = {
  operation: 'properties.keep',
  text: `insert into properties as known (tenant_id, id, time_zone, currency, business_date) values (current_tenant(), $1, $2, $3, $4)
    on conflict (tenant_id, id) do update set time_zone = excluded.time_zone, business_date = greatest(known.business_date, excluded.business_date)
    returning id, time_zone, currency, business_date`,
};

export async function getProperty(reader: Reader, id: string): Promise<Property | undefined> {
  const [found] = await reader.query<Property>(GET, [id]);
  return found;
}

export async function keepProperty(transaction: Transaction, { id, time_zone, currency, business_date }: Property): Promise<Property> {
  const [kept] = await transaction.query<Property>(KEEP, [id, time_zone, currency, business_date]);
  if (!kept) throw new Error('The property was not kept.');
  return kept;
}
