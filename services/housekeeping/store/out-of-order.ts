/** Rooms out of order: one thing at a time for a room and night, which a constraint sees to. */
import { Problem } from '@tartware/kit';
import type { Statement, Transaction } from '@tartware/kit/database';
import type { NewOutOfOrder, OutOfOrder } from '../model/out-of-order.ts';
import type { KnownRoom } from './rooms.ts';
import type { Reader } from './reader.ts';

const COLUMNS = 'id, property_id, room_id, room_type_id, lower(nights) as "from", upper(nights) as "to", reason, maintenance_id, cleared_at, version, created_at';
const NO_OVERLAP = 'once_out_of_order_a_night';

const LIST: Statement = {
  operation: 'out_of_order.list',
  text: `select ${COLUMNS} from out_of_order where ($1::uuid is null or property_id = $1) and ($2::uuid is null or room_id = $2)
    and ($3 or cleared_at is null) and ($4::uuid is null or id > $4) order by id limit $5`,
};
/** Two who insert what excludes each other wait for each other's end, and PostgreSQL ends such a circle only after a second: they come one after the other. */
const LOCK: Statement = { operation: 'out_of_order.lock', text: 'select pg_advisory_xact_lock(hashtextextended(\'out_of_order/\' || current_tenant() || \'/\' || $1, 0))' };
const INSERT: Statement = {
  operation: 'out_of_order.insert',
  text: `insert into out_of_order (tenant_id, property_id, room_id, room_type_id, nights, reason, maintenance_id)
    values (current_tenant(), $1, $2, $3, daterange($4, $5), $6, $7) returning ${COLUMNS}`,
};
const CLEAR: Statement = {
  operation: 'out_of_order.clear',
  text: `update out_of_order set cleared_at = now(), version = version + 1 where id = $1 and cleared_at is null returning ${COLUMNS}`,
};
const EXISTS: Statement = { operation: 'out_of_order.exists', text: 'select id from out_of_order where id = $1' };

export interface OutOfOrderFilter {
  property_id?: string;
  room_id?: string;
  /** Also those that were cleared. */
  cleared?: boolean;
}

/** @param after id of the last one seen */
export function listOutOfOrder(reader: Reader, { property_id, room_id, cleared = false }: OutOfOrderFilter, after: string | undefined, limit: number): Promise<OutOfOrder[]> {
  return reader.query<OutOfOrder>(LIST, [property_id ?? null, room_id ?? null, cleared, after ?? null, limit]);
}

/** @throws Problem 409 `already_out_of_order` when the room is so in one of the nights */
export async function insertOutOfOrder(transaction: Transaction, room: KnownRoom, { from, to, reason, maintenance_id }: NewOutOfOrder): Promise<OutOfOrder> {
  await transaction.query(LOCK, [room.id]);
  const [made] = await transaction.query<OutOfOrder>(INSERT, [room.property_id, room.id, room.room_type_id, from, to, reason, maintenance_id ?? null]).catch((error: unknown) => {
    throw isOverlap(error) ? alreadyOutOfOrder(error) : error;
  });
  if (!made) throw new Error('The room was not put out of order.');
  return made;
}

function isOverlap(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === NO_OVERLAP;
}

function alreadyOutOfOrder(cause: unknown): Problem {
  return new Problem({
    status: 409, code: 'already_out_of_order', message: 'The room is out of order in one of these nights already.', hint: 'Look at GET /v1/housekeeping/out-of-order for the room, and choose other nights or clear it first.', cause,
  });
}

/** @returns nothing when it was cleared before; @param id of one of the tenant's, or of none */
export async function clearOutOfOrder(transaction: Transaction, id: string): Promise<OutOfOrder | undefined> {
  const [cleared] = await transaction.query<OutOfOrder>(CLEAR, [id]);
  return cleared;
}

export async function isOutOfOrderKnown(reader: Reader, id: string): Promise<boolean> {
  const found = await reader.query(EXISTS, [id]);
  return found.length > 0;
}
