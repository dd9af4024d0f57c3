/** Rooms: what the service rooms tells of them, and their state. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Condition, RoomStatus } from '../model/room.ts';
import type { Reader } from './reader.ts';

/** As the service rooms tells of it. */
export interface ToldRoom {
  id: string;
  property_id: string;
  room_type_id: string;
  number: string;
  floor: number;
  active: boolean;
}

export type KnownRoom = Pick<ToldRoom, 'id' | 'property_id' | 'room_type_id'>;

const STATUS = `r.id as room_id, r.property_id, r.room_type_id, r.number, r.floor, r.active, r.condition, r.occupied_by is not null as occupied,
  exists (select from out_of_order o where o.tenant_id = r.tenant_id and o.room_id = r.id and o.cleared_at is null and o.nights @> p.business_date) as out_of_order, r.version`;
const WITH_PROPERTY = 'left join properties p on p.tenant_id = r.tenant_id and p.id = r.property_id';

const GET: Statement = { operation: 'rooms.get', text: 'select id, property_id, room_type_id from rooms where id = $1 and number is not null' };
const KEEP: Statement = {
  operation: 'rooms.keep',
  text: `insert into rooms (tenant_id, id, property_id, room_type_id, number, floor, active) values (current_tenant(), $1, $2, $3, $4, $5, $6)
    on conflict (tenant_id, id) do update set room_type_id = excluded.room_type_id, number = excluded.number, floor = excluded.floor, active = excluded.active
    returning id, property_id, room_type_id`,
};
const KEEP_UNTOLD: Statement = {
  operation: 'rooms.keep_untold',
  text: 'insert into rooms (tenant_id, id, property_id) values (current_tenant(), $1, $2) on conflict (tenant_id, id) do nothing',
};
const LIST: Statement = {
  operation: 'rooms.list',
  text: `select ${STATUS} from rooms r ${WITH_PROPERTY}
    where ($1::uuid is null or r.property_id = $1) and ($2::text is null or r.condition = $2) and ($3::boolean is null or (r.occupied_by is not null) = $3)
      and ($4::uuid is null or r.id > $4) order by r.id limit $5`,
};
const STATUS_OF: Statement = { operation: 'rooms.status', text: `select ${STATUS} from rooms r ${WITH_PROPERTY} where r.id = $1` };
const LOCK: Statement = { operation: 'rooms.lock', text: 'select condition, occupied_by, version from rooms where id = $1 for no key update' };
const SET: Statement = {
  operation: 'rooms.set_status',
  text: 'update rooms set condition = $2, occupied_by = $3, version = version + 1, updated_at = now() where id = $1',
};

/** @returns nothing for a room whose own event has not come yet */
export async function getRoom(reader: Reader, id: string): Promise<KnownRoom | undefined> {
  const [found] = await reader.query<KnownRoom>(GET, [id]);
  return found;
}

export async function keepRoom(transaction: Transaction, { id, property_id, room_type_id, number, floor, active }: ToldRoom): Promise<KnownRoom> {
  const [kept] = await transaction.query<KnownRoom>(KEEP, [id, property_id, room_type_id, number, floor, active]);
  if (!kept) throw new Error('The room was not kept.');
  return kept;
}

/** For a stay in a room whose own event has not come yet. */
export async function keepUntoldRoom(transaction: Transaction, id: string, propertyId: string): Promise<void> {
  await transaction.query(KEEP_UNTOLD, [id, propertyId]);
}

export interface RoomFilter {
  property_id?: string;
  condition?: Condition;
  occupied?: boolean;
}

/** @param after id of the last one seen */
export function listRooms(reader: Reader, { property_id, condition, occupied }: RoomFilter, after: string | undefined, limit: number): Promise<RoomStatus[]> {
  return reader.query<RoomStatus>(LIST, [property_id ?? null, condition ?? null, occupied ?? null, after ?? null, limit]);
}

export async function getStatus(reader: Reader, id: string): Promise<RoomStatus | undefined> {
  const [found] = await reader.query<RoomStatus>(STATUS_OF, [id]);
  return found;
}

export interface RoomState {
  condition: Condition;
  occupied_by: string | null;
  version: number;
}

/** Until the transaction ends nobody else changes it. */
export async function lockState(transaction: Transaction, id: string): Promise<RoomState | undefined> {
  const [found] = await transaction.query<RoomState>(LOCK, [id]);
  return found;
}

/** Of a locked room. */
export async function setState(transaction: Transaction, id: string, { condition, occupied_by }: Omit<RoomState, 'version'>): Promise<void> {
  await transaction.query(SET, [id, condition, occupied_by]);
}
