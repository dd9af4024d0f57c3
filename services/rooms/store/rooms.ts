/** Rooms of one tenant; row level security keeps the others' out. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { NewRoom, Room, RoomChange, RoomWithType } from '../model/room.ts';
import type { Reader } from './reader.ts';

const COLUMNS = 'id, property_id, room_type_id, number, floor, features, active, version, created_at, updated_at';

const LIST: Statement = {
  operation: 'rooms.list',
  text: `select ${COLUMNS} from rooms
    where ($1::uuid is null or property_id = $1) and ($2::uuid is null or room_type_id = $2) and ($3::uuid is null or id > $3) order by id limit $4`,
};
const GET: Statement = { operation: 'rooms.get', text: `select ${COLUMNS} from rooms where id = $1` };
const GET_WITH_TYPE: Statement = {
  operation: 'rooms.get_with_type',
  text: `select ${COLUMNS.split(', ').map((column) => `r.${column}`).join(', ')}, to_jsonb(t) - 'tenant_id' as room_type from rooms r join room_types t on t.id = r.room_type_id where r.id = $1`,
};
const LOCK: Statement = { operation: 'rooms.lock', text: `select ${COLUMNS} from rooms where id = any($1::uuid[]) order by id for no key update` };
const INSERT: Statement = {
  operation: 'rooms.insert',
  text: `insert into rooms (tenant_id, property_id, room_type_id, number, floor, features) values (current_tenant(), $1, $2, $3, $4, $5)
    on conflict (tenant_id, property_id, number) do nothing returning ${COLUMNS}`,
};
const NUMBER_TAKEN: Statement = { operation: 'rooms.number_taken', text: 'select id from rooms where property_id = $1 and number = $2 and id <> $3' };
const UPDATE: Statement = {
  operation: 'rooms.update',
  text: `update rooms set room_type_id = $2, number = $3, floor = $4, features = $5, active = $6, version = version + 1, updated_at = now()
    where id = $1 returning ${COLUMNS}`,
};

export interface RoomFilter {
  property_id?: string;
  room_type_id?: string;
}

/** @param after id of the last one seen */
export function listRooms(reader: Reader, { property_id, room_type_id }: RoomFilter, after: string | undefined, limit: number): Promise<Room[]> {
  return reader.query<Room>(LIST, [property_id ?? null, room_type_id ?? null, after ?? null, limit]);
}

export async function getRoom(reader: Reader, id: string): Promise<Room | undefined> {
  const [found] = await reader.query<Room>(GET, [id]);
  return found;
}

export async function getRoomWithType(reader: Reader, id: string): Promise<RoomWithType | undefined> {
  const [found] = await reader.query<RoomWithType>(GET_WITH_TYPE, [id]);
  return found;
}

/** Nobody else changes them until the transaction ends. @returns those that exist, by id */
export function lockRooms(transaction: Transaction, ids: readonly string[]): Promise<Room[]> {
  return transaction.query<Room>(LOCK, [ids]);
}

/** @returns nothing when the property has a room of this number already */
export async function insertRoom(transaction: Transaction, { property_id, room_type_id, number, floor, features }: NewRoom): Promise<Room | undefined> {
  const [made] = await transaction.query<Room>(INSERT, [property_id, room_type_id, number, floor, features ?? []]);
  return made;
}

export async function isNumberTaken(reader: Reader, { id, property_id, number }: Pick<Room, 'id' | 'property_id' | 'number'>): Promise<boolean> {
  const found = await reader.query(NUMBER_TAKEN, [property_id, number, id]);
  return found.length > 0;
}

/** @param room as it was locked */
export async function updateRoom(transaction: Transaction, room: Room, change: RoomChange): Promise<Room | undefined> {
  const { id, room_type_id, number, floor, features, active } = { ...room, ...change };
  const [changed] = await transaction.query<Room>(UPDATE, [id, room_type_id, number, floor, features, active]);
  return changed;
}
