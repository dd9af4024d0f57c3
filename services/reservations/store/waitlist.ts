/** The waitlist of one tenant. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { NewWaitlistEntry, Offer, WaitlistEntry } from '../model/waitlist.ts';

const COLUMNS = 'id, version, property_id, guest_id, room_type_id, rate_plan_id, arrival, departure, adults, children, status, offer, offered_until, created_at, updated_at';

// The tenant by name as well: the sweeper's policy beside the tenant's would keep the indexes from being used.
const INSERT: Statement = {
  operation: 'waitlist.insert',
  text: `insert into waitlist_entries (tenant_id, property_id, guest_id, room_type_id, rate_plan_id, arrival, departure, adults, children)
    values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8) returning ${COLUMNS}`,
};
const GET: Statement = { operation: 'waitlist.get', text: `select ${COLUMNS} from waitlist_entries where tenant_id = current_tenant() and id = $1` };
const LIST: Statement = {
  operation: 'waitlist.list',
  text: `select ${COLUMNS} from waitlist_entries where tenant_id = current_tenant() and ($2::uuid is null or property_id = $2) and ($3::text is null or status = $3) and ($4::uuid is null or id > $4) order by id limit $1`,
};
const SET_STATUS: Statement = {
  operation: 'waitlist.set_status',
  text: `update waitlist_entries set status = $2, offered_until = null, version = version + 1, updated_at = now() where id = $1 and status in ('waiting', 'offered') returning id`,
};
const LOOK_AT: Statement = {
  operation: 'waitlist.look_at',
  text: `update waitlist_entries set look = true where status = 'waiting' and not look and property_id = $1 and room_type_id = $2 and arrival < $4 and departure > $3`,
};
const TO_LOOK_AT: Statement = {
  operation: 'waitlist.to_look_at',
  text: 'select tenant_id, id from waitlist_entries where status = \'waiting\' and look order by id limit $1',
};
const LAPSED: Statement = {
  operation: 'waitlist.lapsed',
  text: 'select tenant_id, id from waitlist_entries where status = \'offered\' and offered_until < now() order by offered_until limit $1',
};
const TAKE_LOOK: Statement = {
  operation: 'waitlist.take_look',
  text: `update waitlist_entries set look = false where id = $1 and status = 'waiting' and look returning ${COLUMNS}`,
};
const LOOK_AGAIN: Statement = { operation: 'waitlist.look_again', text: 'update waitlist_entries set look = true where id = $1 and status = \'waiting\'' };
/** Not more offers than there are rooms: those that are open count. */
const OFFER: Statement = {
  operation: 'waitlist.offer',
  text: `update waitlist_entries e set status = 'offered', offer = $2, offered_until = now() + make_interval(mins => $4), version = version + 1, updated_at = now()
    where id = $1 and status = 'waiting' and $3::int > (
      select count(*) from waitlist_entries o
        where o.tenant_id = current_tenant() and o.property_id = e.property_id and o.room_type_id = e.room_type_id and o.status = 'offered' and o.arrival < e.departure and o.departure > e.arrival)
    returning id`,
};
const EXPIRE: Statement = {
  operation: 'waitlist.expire',
  text: `update waitlist_entries set status = 'expired', offered_until = null, version = version + 1, updated_at = now() where property_id = $1 and arrival <= $2 and status in ('waiting', 'offered')`,
};
const MERGE_GUEST: Statement = { operation: 'waitlist.merge_guest', text: 'update waitlist_entries set guest_id = $2, version = version + 1, updated_at = now() where guest_id = $1' };
const ERASE_GUEST: Statement = {
  operation: 'waitlist.erase_guest',
  text: `update waitlist_entries set status = 'cancelled', offered_until = null, version = version + 1, updated_at = now() where guest_id = $1 and status in ('waiting', 'offered')`,
};

export async function insertEntry(transaction: Transaction, entry: NewWaitlistEntry): Promise<WaitlistEntry> {
  const { property_id, guest_id, room_type_id, rate_plan_id, arrival, departure, adults, children } = entry;
  const [made] = await transaction.query<WaitlistEntry>(INSERT, [property_id, guest_id, room_type_id, rate_plan_id, arrival, departure, adults, children ?? 0]);
  if (!made) {
    throw new Error('The waitlist did not take the entry.');
  }
  return made;
}

export async function getEntry(transaction: Transaction, id: string): Promise<WaitlistEntry | undefined> {
  const [found] = await transaction.query<WaitlistEntry>(GET, [id]);
  return found;
}

export interface WaitlistFilters {
  property_id?: string;
  status?: string;
  cursor?: string;
}

export function listEntries(transaction: Transaction, { property_id, status, cursor }: WaitlistFilters, limit: number): Promise<WaitlistEntry[]> {
  return transaction.query<WaitlistEntry>(LIST, [limit, property_id ?? null, status ?? null, cursor ?? null]);
}

/** @returns whether it was open */
export async function endEntry(transaction: Transaction, id: string, status: 'cancelled' | 'booked' | 'expired'): Promise<boolean> {
  return (await transaction.query(SET_STATUS, [id, status])).length === 1;
}

export interface Freed {
  property_id: string;
  room_type_id: string;
  /** Nights `[from, to)`. */
  from: string;
  to: string;
}

export async function lookAt(transaction: Transaction, { property_id, room_type_id, from, to }: Freed): Promise<void> {
  await transaction.query(LOOK_AT, [property_id, room_type_id, from, to]);
}

/** Entries of all tenants, for a transaction of the sweeper. */
export interface EntryKey {
  tenant_id: string;
  id: string;
}

export function findToLookAt(transaction: Transaction, limit: number): Promise<EntryKey[]> {
  return transaction.query<EntryKey>(TO_LOOK_AT, [limit]);
}

export function findLapsed(transaction: Transaction, limit: number): Promise<EntryKey[]> {
  return transaction.query<EntryKey>(LAPSED, [limit]);
}

/** What changes from now on marks it again. @returns nothing when there is nothing to look at */
export async function takeLook(transaction: Transaction, id: string): Promise<WaitlistEntry | undefined> {
  const [taken] = await transaction.query<WaitlistEntry>(TAKE_LOOK, [id]);
  return taken;
}

export async function lookAgain(transaction: Transaction, id: string): Promise<void> {
  await transaction.query(LOOK_AGAIN, [id]);
}

export interface RoomOffer {
  offer: Offer;
  /** Rooms that are left. */
  available: number;
  minutes: number;
}

/** @returns whether it was offered: no more entries are than there are rooms */
export async function offerTo(transaction: Transaction, id: string, { offer, available, minutes }: RoomOffer): Promise<boolean> {
  return (await transaction.query(OFFER, [id, JSON.stringify(offer), available, minutes])).length === 1;
}

/** The day is over: whoever wanted to arrive then waits no longer. */
export async function expireEntries(transaction: Transaction, propertyId: string, date: string): Promise<void> {
  await transaction.query(EXPIRE, [propertyId, date]);
}

export async function mergeWaiting(transaction: Transaction, from: string, into: string): Promise<void> {
  await transaction.query(MERGE_GUEST, [from, into]);
}

export async function eraseWaiting(transaction: Transaction, guestId: string): Promise<void> {
  await transaction.query(ERASE_GUEST, [guestId]);
}
