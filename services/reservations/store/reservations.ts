/** Reservations of one tenant; row level security keeps the others' out. */
import { nightsOf } from '@tartware/kit/resources';
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Allocation, Reservation, Status } from '../model/reservation.ts';
import type { Wishes } from '../model/change.ts';

/** The constraint that keeps two stays out of one room. */
export const ONE_STAY = 'one_stay_per_room_and_night';

/** As `Reservation` answers it. */
export const COLUMNS = ['id', 'version', 'revision', 'property_id', 'guest_id', 'group_id', 'status', 'room_type_id', 'rate_plan_id', 'room_id', 'arrival', 'departure',
  'adults', 'children', 'currency', 'nights', 'total_minor', 'cancellation_policy', 'cancellation_fee_minor', 'source', 'created_at', 'updated_at']
  .map((column) => `r.${column}`).join(', ');

/** A reservation whose row the transaction has locked, with what decides what may be done to it. */
export interface LockedReservation {
  reservation: Reservation;
  /** Of the operation that is under way with it. */
  operationId: string | null;
  lastRevision: number;
  /** Of its property. */
  businessDate: string;
}

export const GET: Statement = { operation: 'reservations.get', text: `select ${COLUMNS} from reservations r where id = $1` };

const LOCK: Statement = {
  operation: 'reservations.lock',
  text: `select ${COLUMNS}, r.operation_id, r.last_revision, p.business_date
    from reservations r join properties p on p.tenant_id = r.tenant_id and p.id = r.property_id where r.id = $1 for no key update of r`,
};

/** Every change goes through one of these: `version` counts, the history is written by a trigger. */
const CONFIRM: Statement = {
  operation: 'reservations.confirm',
  text: `update reservations r set status = 'confirmed', revision = $2, currency = $3, nights = $4, total_minor = $5, cancellation_policy = $6, operation_id = null, updated_at = now()
    where id = $1 and status = 'requested' returning ${COLUMNS}`,
};
const REJECT: Statement = {
  operation: 'reservations.reject',
  text: `update reservations set status = 'rejected', operation_id = null, updated_at = now() where id = any ($1) and status = 'requested'`,
};
const GIVE_BACK: Statement = {
  operation: 'reservations.give_back',
  text: `update reservations r set status = 'cancelled', cancellation_fee_minor = 0, revision = $2, currency = $3, nights = $4, total_minor = $5, cancellation_policy = $6, operation_id = null, updated_at = now()
    where id = $1 and status = 'requested' returning ${COLUMNS}`,
};
const SET_STATUS: Statement = {
  operation: 'reservations.set_status',
  text: `update reservations r set status = $3, cancellation_fee_minor = $4, operation_id = null, version = version + 1, changed_by = $5, updated_at = now()
    where id = $1 and status = $2 returning ${COLUMNS}`,
};
const SET_ROOM: Statement = {
  operation: 'reservations.set_room',
  text: `update reservations r set room_id = $2, version = version + 1, changed_by = $3, updated_at = now() where id = $1 and status = 'confirmed' returning ${COLUMNS}`,
};
const CHANGE: Statement = {
  operation: 'reservations.change',
  text: `update reservations r set guest_id = coalesce((select into_id from guest_merges where from_id = $2), $2, guest_id), room_type_id = $3, rate_plan_id = $4, arrival = $5, departure = $6, room_nights = daterange($5, $6), adults = $7, children = $8, room_id = $9,
      operation_id = null, version = version + 1, changed_by = $10, updated_at = now()
    where id = $1 and status in ('confirmed', 'in_house') returning ${COLUMNS}`,
};
const REPRICE: Statement = {
  operation: 'reservations.reprice',
  text: 'update reservations set revision = $2, currency = $3, nights = $4, total_minor = $5, cancellation_policy = $6 where id = $1',
};
const FREE: Statement = {
  operation: 'reservations.free',
  text: 'update reservations set operation_id = null, room_nights = daterange(arrival, departure) where id = $1 and operation_id = $2',
};
const TAKEN_NIGHTS: Statement = {
  operation: 'reservations.taken_nights',
  text: `select greatest(lower(room_nights), $2::date) as first, least(upper(room_nights), $3::date) as last from reservations
    where room_id = $1 and room_nights && daterange($2, $3) and status in ('confirmed', 'in_house') and id <> $4 order by 1`,
};

export async function getReservation(transaction: Transaction, id: string): Promise<Reservation | undefined> {
  const [found] = await transaction.query<Reservation>(GET, [id]);
  return found;
}

export async function lockReservation(transaction: Transaction, id: string): Promise<LockedReservation | undefined> {
  const [found] = await transaction.query<Reservation & { operation_id: string | null; last_revision: number; business_date: string }>(LOCK, [id]);
  if (!found) {
    return undefined;
  }
  const { operation_id: operationId, last_revision: lastRevision, business_date: businessDate, ...reservation } = found;
  return { reservation, operationId, lastRevision, businessDate };
}

const priceOf = ({ revision, currency, nights, total_minor, cancellation_policy }: Allocation): unknown[] => [revision, currency, JSON.stringify(nights), total_minor, JSON.stringify(cancellation_policy)];

/** @returns nothing when it is no longer requested */
export async function confirm(transaction: Transaction, id: string, allocation: Allocation): Promise<Reservation | undefined> {
  const [made] = await transaction.query<Reservation>(CONFIRM, [id, ...priceOf(allocation)]);
  return made;
}

export async function reject(transaction: Transaction, ids: readonly string[]): Promise<void> {
  await transaction.query(REJECT, [ids]);
}

/** Rooms gave what the operation cannot keep: announced as cancelled without a fee, which is how rooms takes it back. */
export async function giveBack(transaction: Transaction, id: string, allocation: Allocation): Promise<Reservation | undefined> {
  const [made] = await transaction.query<Reservation>(GIVE_BACK, [id, ...priceOf(allocation)]);
  return made;
}

export interface Step {
  id: string;
  from: Status;
  to: Status;
  /** Minor units, of a step that ends in `cancelled` or `no_show`. */
  fee?: number;
  by: string;
}

/** @returns nothing when it is no longer `from` */
export async function setStatus(transaction: Transaction, { id, from, to, fee, by }: Step): Promise<Reservation | undefined> {
  const [made] = await transaction.query<Reservation>(SET_STATUS, [id, from, to, fee ?? null, by]);
  return made;
}

/** @throws pg's error 23P01 when the room has another stay in one of the nights */
export async function setRoom(transaction: Transaction, id: string, roomId: string | null, by: string): Promise<Reservation | undefined> {
  const [made] = await transaction.query<Reservation>(SET_ROOM, [id, roomId, by]);
  return made;
}

export interface Change {
  id: string;
  wishes: Omit<Wishes, 'guest_id'>;
  /** Undefined when the guest stays the same. */
  guestId: string | undefined;
  roomId: string | null;
  /** Left out when rooms was not asked. */
  allocation?: Allocation;
  by: string;
}

/** @throws pg's error 23P01 when the room has another stay in one of the nights */
export async function changeReservation(transaction: Transaction, { id, wishes, guestId, roomId, allocation, by }: Change): Promise<Reservation | undefined> {
  if (allocation) {
    await transaction.query(REPRICE, [id, ...priceOf(allocation)]);
  }
  const { room_type_id, rate_plan_id, arrival, departure, adults, children } = wishes;
  const [made] = await transaction.query<Reservation>(CHANGE, [id, guestId ?? null, room_type_id, rate_plan_id, arrival, departure, adults, children, roomId, by]);
  return made;
}

/** Ends the operation's hold on a reservation that stays as it was. */
export async function free(transaction: Transaction, id: string, operationId: string): Promise<void> {
  await transaction.query(FREE, [id, operationId]);
}

export interface Nights {
  arrival: string;
  departure: string;
  /** A reservation whose own nights do not count. */
  except: string;
}

/** @returns nights of `[arrival, departure)` in which the room has another stay */
export async function takenNights(transaction: Transaction, roomId: string, { arrival, departure, except }: Nights): Promise<string[]> {
  const ranges = await transaction.query<{ first: string; last: string }>(TAKEN_NIGHTS, [roomId, arrival, departure, except]);
  return ranges.flatMap(({ first, last }) => nightsOf(first, last));
}
