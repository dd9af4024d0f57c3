/** Maintenance requests. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Maintenance, MaintenanceChange, NewMaintenance } from '../model/maintenance.ts';
import type { Reader } from './reader.ts';

const COLUMNS = 'id, property_id, room_id, title, description, priority, state, version, created_at, updated_at';

const LIST: Statement = {
  operation: 'maintenance.list',
  text: `select ${COLUMNS} from maintenance_requests where ($1::uuid is null or property_id = $1) and ($2::uuid is null or room_id = $2) and ($3::text is null or state = $3)
    and ($4::uuid is null or id > $4) order by id limit $5`,
};
const GET: Statement = { operation: 'maintenance.get', text: `select ${COLUMNS} from maintenance_requests where id = $1` };
const LOCK: Statement = { operation: 'maintenance.lock', text: `${GET.text} for no key update` };
const INSERT: Statement = {
  operation: 'maintenance.insert',
  text: `insert into maintenance_requests (tenant_id, property_id, room_id, title, description, priority) values (current_tenant(), $1, $2, $3, $4, $5) returning ${COLUMNS}`,
};
const UPDATE: Statement = {
  operation: 'maintenance.update',
  text: `update maintenance_requests set title = $2, description = $3, priority = $4, state = $5, version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
};

export interface MaintenanceFilter {
  property_id?: string;
  room_id?: string;
  state?: string;
}

/** @param after id of the last one seen */
export function listMaintenance(reader: Reader, { property_id, room_id, state }: MaintenanceFilter, after: string | undefined, limit: number): Promise<Maintenance[]> {
  return reader.query<Maintenance>(LIST, [property_id ?? null, room_id ?? null, state ?? null, after ?? null, limit]);
}

export async function getMaintenance(reader: Reader, id: string): Promise<Maintenance | undefined> {
  const [found] = await reader.query<Maintenance>(GET, [id]);
  return found;
}

/** Until the transaction ends nobody else changes it. */
export async function lockMaintenance(transaction: Transaction, id: string): Promise<Maintenance | undefined> {
  const [found] = await transaction.query<Maintenance>(LOCK, [id]);
  return found;
}

export async function insertMaintenance(transaction: Transaction, propertyId: string, { room_id, title, description = '', priority = 'normal' }: NewMaintenance): Promise<Maintenance> {
  const [made] = await transaction.query<Maintenance>(INSERT, [propertyId, room_id, title, description, priority]);
  if (!made) throw new Error('The maintenance request was not written.');
  return made;
}

/** @param request as it was locked */
export async function updateMaintenance(transaction: Transaction, request: Maintenance, change: MaintenanceChange): Promise<Maintenance> {
  const { id, title, description, priority, state } = { ...request, ...change };
  const [changed] = await transaction.query<Maintenance>(UPDATE, [id, title, description, priority, state]);
  if (!changed) throw new Error('A locked maintenance request is gone.');
  return changed;
}
