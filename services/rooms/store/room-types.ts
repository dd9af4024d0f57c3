/** Room types of one tenant; row level security keeps the others' out. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { NewRoomType, RoomType, RoomTypeChange } from '../model/room-type.ts';
import type { Reader } from './reader.ts';

const COLUMNS = 'id, property_id, code, name, capacity_adults, capacity_children, base_occupancy, active, version, created_at, updated_at';

const LIST: Statement = {
  operation: 'room_types.list',
  text: `select ${COLUMNS} from room_types where ($1::uuid is null or property_id = $1) and ($2::uuid is null or id > $2) order by id limit $3`,
};
const GET: Statement = { operation: 'room_types.get', text: `select ${COLUMNS} from room_types where id = $1` };
/** Rooms of the type come and go one at a time, and no inventory is made meanwhile. Foreign keys to it may still be checked. */
const LOCK: Statement = { operation: 'room_types.lock', text: `select ${COLUMNS} from room_types where id = any($1::uuid[]) order by id for no key update` };
const INSERT: Statement = {
  operation: 'room_types.insert',
  text: `insert into room_types (tenant_id, property_id, code, name, capacity_adults, capacity_children, base_occupancy)
    values (current_tenant(), $1, $2, $3, $4, $5, $6) on conflict (tenant_id, property_id, code) do nothing returning ${COLUMNS}`,
};
const UPDATE: Statement = {
  operation: 'room_types.update',
  text: `update room_types set name = $2, capacity_adults = $3, capacity_children = $4, base_occupancy = $5, active = $6, version = version + 1, updated_at = now()
    where id = $1 returning ${COLUMNS}`,
};

/** @param after id of the last one seen */
export function listRoomTypes(reader: Reader, propertyId: string | undefined, after: string | undefined, limit: number): Promise<RoomType[]> {
  return reader.query<RoomType>(LIST, [propertyId ?? null, after ?? null, limit]);
}

export async function getRoomType(reader: Reader, id: string): Promise<RoomType | undefined> {
  const [found] = await reader.query<RoomType>(GET, [id]);
  return found;
}

/** @returns those that exist, by id */
export function lockRoomTypes(transaction: Transaction, ids: readonly string[]): Promise<RoomType[]> {
  return transaction.query<RoomType>(LOCK, [ids]);
}

/** @returns nothing when the property has a type of this code already */
export async function insertRoomType(transaction: Transaction, type: NewRoomType): Promise<RoomType | undefined> {
  const { property_id, code, name, capacity_adults, capacity_children, base_occupancy } = type;
  const [made] = await transaction.query<RoomType>(INSERT, [property_id, code, name, capacity_adults, capacity_children, base_occupancy]);
  return made;
}

/** @param type as it was locked */
export async function updateRoomType(transaction: Transaction, type: RoomType, change: RoomTypeChange): Promise<RoomType | undefined> {
  const { id, name, capacity_adults, capacity_children, base_occupancy, active } = { ...type, ...change };
  const [changed] = await transaction.query<RoomType>(UPDATE, [id, name, capacity_adults, capacity_children, base_occupancy, active]);
  return changed;
}
