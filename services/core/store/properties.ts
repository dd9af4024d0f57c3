/** Properties of one tenant; row level security keeps the others' out. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { NewProperty, Property } from '../model/property.ts';

const COLUMNS = 'id, code, name, time_zone, currency, to_json(created_at at time zone \'utc\') #>> \'{}\' || \'Z\' as created_at';

const LIST: Statement = {
  operation: 'properties.list',
  text: `select ${COLUMNS} from properties where $1::uuid is null or id > $1 order by id limit $2`,
};
const GET: Statement = { operation: 'properties.get', text: `select ${COLUMNS} from properties where id = $1` };
const INSERT: Statement = {
  operation: 'properties.insert',
  text: `insert into properties (tenant_id, code, name, time_zone, currency) values (current_tenant(), $1, $2, $3, $4)
    on conflict (tenant_id, code) do nothing returning ${COLUMNS}`,
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
