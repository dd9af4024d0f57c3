/** Properties of one tenant; row level security keeps the others' out. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { NewProperty, Property, PropertyChange } from '../model/property.ts';

const COLUMNS = `id, code, name, time_zone, currency, business_date, version,
  to_json(created_at at time zone 'utc') #>> '{}' || 'Z' as created_at, to_json(updated_at at time zone 'utc') #>> '{}' || 'Z' as updated_at`;

const LIST: Statement = {
  operation: 'properties.list',
  text: `select ${COLUMNS} from properties where $1::uuid is null or id > $1 order by id limit $2`,
};
const GET: Statement = { operation: 'properties.get', text: `select ${COLUMNS} from properties where id = $1` };
const INSERT: Statement = {
  operation: 'properties.insert',
  text: `insert into properties (tenant_id, code, name, time_zone, currency, business_date)
    values (current_tenant(), $1, $2, $3, $4, (now() at time zone $3)::date)
    on conflict (tenant_id, code) do nothing returning ${COLUMNS}`,
};
const LOCK: Statement = { operation: 'properties.lock', text: `${GET.text} for update` };
const UPDATE: Statement = {
  operation: 'properties.update',
  text: `update properties set name = coalesce($2, name), time_zone = coalesce($3, time_zone), version = version + 1, updated_at = now()
    where id = $1 returning ${COLUMNS}`,
};
const MOVE: Statement = {
  operation: 'properties.move_business_date',
  text: `update properties set business_date = $2, version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
};

/** @param after id of the last property seen */
export function listProperties(transaction: Transaction, after: string | undefined, limit: number): Promise<Property[]> {
  return transaction.query<Property>(LIST, [after ?? null, limit]);
}

export async function getProperty(transaction: Transaction, id: string): Promise<Property | undefined> {
  const [found] = await transaction.query<Property>(GET, [id]);
  return found;
}

/** @returns nothing when the tenant has a property of this code already */
export async function insertProperty(transaction: Transaction, { code, name, time_zone, currency }: NewProperty): Promise<Property | undefined> {
  const [made] = await transaction.query<Property>(INSERT, [code, name, time_zone, currency]);
  return made;
}

/** As `getProperty`, and nobody else changes it until the transaction ends. */
export async function lockProperty(transaction: Transaction, id: string): Promise<Property | undefined> {
  const [found] = await transaction.query<Property>(LOCK, [id]);
  return found;
}

export async function updateProperty(transaction: Transaction, id: string, { name, time_zone }: PropertyChange): Promise<Property | undefined> {
  const [changed] = await transaction.query<Property>(UPDATE, [id, name ?? null, time_zone ?? null]);
  return changed;
}

/** Of a property that this transaction holds. */
export async function moveBusinessDate(transaction: Transaction, id: string, to: string): Promise<Property> {
  const [moved] = await transaction.query<Property>(MOVE, [id, to]);
  if (!moved) {
    throw new Error('A property that this transaction holds is not there.');
  }
  return moved;
}
