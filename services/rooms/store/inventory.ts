/**
 * Rooms that each night has and has sold. Rows are made when first asked for, by `makeInventory`; whoever changes several locks them first, in the
 * order of type and date, so that two never wait for each other in a circle. Whoever changes what is counted holds the type's row (`lockRoomTypes`).
 */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Inventory, OverbookingRange } from '../model/calendar.ts';
import type { Reader } from './reader.ts';

/** What may still be sold; below 0 when rooms went out of order on a sold-out night. */
export const LEFT = 'capacity - out_of_order + overbooking - sold';

/** Locks the type against a change of its rooms, in a statement before the one that counts them. */
const SHARE_TYPE: Statement = { operation: 'inventory.share_type', text: 'select property_id from room_types where id = $1 for share' };
const MAKE: Statement = {
  operation: 'inventory.make',
  text: `insert into inventory (tenant_id, property_id, room_type_id, date, capacity, out_of_order)
    select current_tenant(), $1, $2, night, c.capacity, c.out_of_order from unnest($3::date[]) night cross join lateral count_rooms($2, night) c order by night
    on conflict (tenant_id, room_type_id, date) do nothing`,
};
const LOCK: Statement = {
  operation: 'inventory.lock',
  text: `select i.room_type_id, i.date, ${LEFT} as "left" from unnest($1::uuid[], $2::date[]) wanted(room_type_id, date)
    join inventory i on i.tenant_id = current_tenant() and i.room_type_id = wanted.room_type_id and i.date = wanted.date
    order by i.room_type_id, i.date for update of i`,
};
/** A night with no room left is not in the answer. Taking leaves `displaced` alone: never_oversold then holds it to what is there. */
const MOVE: Statement = {
  operation: 'inventory.move',
  text: `update inventory i set sold = i.sold + moved.rooms,
      displaced = case when moved.rooms < 0 then greatest(0, i.sold + moved.rooms - (i.capacity - i.out_of_order + i.overbooking)) else i.displaced end
    from unnest($1::uuid[], $2::date[], $3::int[]) moved(room_type_id, date, rooms)
    where i.tenant_id = current_tenant() and i.room_type_id = moved.room_type_id and i.date = moved.date
      and (moved.rooms < 0 or i.sold < i.capacity - i.out_of_order + i.overbooking)
    returning i.date`,
};
const LOCK_RANGES: Statement = {
  operation: 'inventory.lock_ranges',
  text: `select date from inventory i where exists (
      select from unnest($1::uuid[], $2::date[], $3::date[]) r(room_type_id, first, past) where r.room_type_id = i.room_type_id and i.date >= r.first and i.date < r.past)
    and room_type_id = any($1::uuid[]) order by room_type_id, date for update`,
};
const RECOUNT: Statement = {
  operation: 'inventory.recount',
  text: `update inventory i set capacity = n.capacity, out_of_order = n.out_of_order, displaced = greatest(0, i.sold - (n.capacity - n.out_of_order + i.overbooking))
    from (select distinct k.room_type_id, k.date, c.capacity, c.out_of_order from unnest($1::uuid[], $2::date[], $3::date[]) r(room_type_id, first, past)
      join inventory k on k.tenant_id = current_tenant() and k.room_type_id = r.room_type_id and k.date >= r.first and k.date < r.past
      cross join lateral count_rooms(k.room_type_id, k.date) c) n
    where i.tenant_id = current_tenant() and i.room_type_id = n.room_type_id and i.date = n.date`,
};
const OVERBOOK: Statement = {
  operation: 'inventory.overbook',
  text: `update inventory set overbooking = $4, displaced = greatest(0, sold - (capacity - out_of_order + $4))
    where room_type_id = $1 and date >= $2 and date < $3 and ($5::int[] is null or extract(isodow from date) = any($5)) returning date`,
};
const LIST: Statement = {
  operation: 'inventory.list',
  text: `select night::date as date, t.id as room_type_id, coalesce(i.capacity, c.capacity) as capacity, coalesce(i.out_of_order, c.out_of_order) as out_of_order,
      coalesce(i.overbooking, 0) as overbooking, coalesce(i.sold, 0) as sold, coalesce(i.displaced, 0) as displaced,
      greatest(0, coalesce(${LEFT.replaceAll(/\w+/g, 'i.$&')}, c.capacity - c.out_of_order)) as available
    from room_types t cross join generate_series($2::date, $3::date - 1, interval '1 day') night
    left join inventory i on i.tenant_id = t.tenant_id and i.room_type_id = t.id and i.date = night::date
    left join lateral count_rooms(t.id, night::date) c on i.date is null
    where t.property_id = $1 and ($4::uuid is null or t.id = $4) and ($5::date is null or (night::date, t.id) > ($5, $6::uuid))
    order by 1, 2 limit $7`,
};

/** In a transaction of its own: whoever holds locks of other rows must not wait for the type. */
export async function makeInventory(transaction: Transaction, roomTypeId: string, dates: readonly string[]): Promise<void> {
  const [type] = await transaction.query<{ property_id: string }>(SHARE_TYPE, [roomTypeId]);
  if (type) await transaction.query(MAKE, [type.property_id, roomTypeId, dates]);
}

export interface Night {
  room_type_id: string;
  date: string;
}

/** @returns those that exist, locked, with what is left to sell */
export function lockNights(transaction: Transaction, nights: readonly Night[]): Promise<(Night & { left: number })[]> {
  return transaction.query<Night & { left: number }>(LOCK, [nights.map(({ room_type_id }) => room_type_id), nights.map(({ date }) => date)]);
}

/** Sells one room (1) or gives back some (-1, -2, …) of locked nights, each named once. @returns how many were moved: fewer than asked when one had no room left */
export async function moveSold(transaction: Transaction, moves: readonly (Night & { rooms: number })[]): Promise<number> {
  const moved = await transaction.query(MOVE, [moves.map(({ room_type_id }) => room_type_id), moves.map(({ date }) => date), moves.map(({ rooms }) => rooms)]);
  return moved.length;
}

export interface Range {
  room_type_id: string;
  /** Nights `[from, to)`. */
  from: string;
  to: string;
}

const columnsOf = (ranges: readonly Range[]): string[][] => [ranges.map(({ room_type_id }) => room_type_id), ranges.map(({ from }) => from), ranges.map(({ to }) => to)];

/** Brings rows up to date with rooms that came, went or are out of order; the types are locked. */
export async function recount(transaction: Transaction, ranges: readonly Range[]): Promise<void> {
  await transaction.query(LOCK_RANGES, columnsOf(ranges));
  // A statement of its own, so that it sees what was sold while it waited for the locks.
  await transaction.query(RECOUNT, columnsOf(ranges));
}

/** The type is locked and all nights of the range have rows. @returns how many nights were written */
export async function putOverbooking(transaction: Transaction, { room_type_id, from, to, overbooking, weekdays }: OverbookingRange): Promise<number> {
  await transaction.query(LOCK_RANGES, columnsOf([{ room_type_id, from, to }]));
  const written = await transaction.query(OVERBOOK, [room_type_id, from, to, overbooking, weekdays ?? null]);
  return written.length;
}

export interface InventoryRange {
  property_id: string;
  from: string;
  to: string;
  room_type_id?: string;
  limit: number;
}

/** Nights without a row yet as they would be made. @param after date and type of the last one seen */
export function listInventory(reader: Reader, { property_id, from, to, room_type_id, limit }: InventoryRange, after: readonly [string, string] | undefined): Promise<Inventory[]> {
  return reader.query<Inventory>(LIST, [property_id, from, to, room_type_id ?? null, ...(after ?? [null, null]), limit + 1]);
}
