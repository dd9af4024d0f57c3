import type { Statement, Transaction } from '@tartware/kit/database';
import type { FolioKind } from '../model/accounts.ts';
import type { Folio } from '../model/folio.ts';
import { listBy } from './queries.ts';
import type { List, Queries } from './queries.ts';

const COLUMNS = `folios.id, folios.version, folios.property_id, folios.kind, folios.name, folios.reservation_id, folios.group_id, folios.guest_id,
  folios.arrival, folios.departure, folios.currency, folios.status, folios.settlement, folios.balance_minor, folios.deposit_minor, folios.opened_at, folios.closed_at`;

const GET: Statement = { operation: 'folios.get', text: `select ${COLUMNS} from folios where id = $1` };
const BY_RESERVATION: Statement = { operation: 'folios.by_reservation', text: `select ${COLUMNS} from folios where reservation_id = $1 and kind = $2` };
const OF_RESERVATIONS: Statement = {
  operation: 'folios.of_reservations', text: 'select id, reservation_id from folios where reservation_id = any($1::uuid[]) and kind = \'guest\'',
};
const LOCK_BY_RESERVATION: Statement = { operation: 'folios.lock_by_reservation', text: `${BY_RESERVATION.text} for update` };
const LIST: List = {
  operation: 'folios.list',
  select: `select ${COLUMNS} from folios`,
  order: 'id',
  conditions: {
    property_id: 'property_id = $', reservation_id: 'reservation_id = $', guest_id: 'guest_id = $', status: 'status = $', kind: 'kind = $', after: 'id > $',
  },
};
const INSERT: Statement = {
  operation: 'folios.insert',
  text: `insert into folios (tenant_id, property_id, kind, name, reservation_id, group_id, guest_id, arrival, departure, currency, reservation_version)
    values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (tenant_id, reservation_id, kind) do nothing returning ${COLUMNS}`,
};
// The folios in the order of their ids, so that two who need the same ones wait for each other instead of for ever; then the properties.
const LOCK_FOR_POSTING: Statement = {
  operation: 'folios.lock_for_posting',
  text: `select ${COLUMNS}, properties.business_date from folios join properties on properties.tenant_id = folios.tenant_id and properties.id = folios.property_id
    where folios.id = any($1::uuid[]) order by folios.id for update of folios for share of properties`,
};
const FOLLOW: Statement = {
  operation: 'folios.follow',
  text: `update folios set reservation_version = $2, guest_id = $3, group_id = $4, arrival = $5, departure = $6, version = version + 1
    where reservation_id = $1 and kind = 'guest' and reservation_version < $2`,
};
const CLOSE: Statement = {
  operation: 'folios.close',
  text: `update folios set status = 'closed', settlement = $2, closed_at = now(), version = version + 1 where id = $1 and status = 'open' returning ${COLUMNS}`,
};
const MERGE_GUEST: Statement = { operation: 'folios.merge_guest', text: 'update folios set guest_id = $2, version = version + 1 where guest_id = $1' };
const ERASE_GUEST: Statement = { operation: 'folios.erase_guest', text: 'update folios set name = \'\', version = version + 1 where guest_id = $1 and name <> \'\'' };

/** A folio that is locked until the transaction ends, with the business date of its property, which is held as well. */
export type LockedFolio = Folio & { business_date: string };

export interface FolioToOpen {
  property_id: string;
  kind: FolioKind;
  name: string;
  reservation_id: string | null;
  group_id: string | null;
  guest_id: string | null;
  arrival: string | null;
  departure: string | null;
  currency: string;
  /** Of the reservation; 0 when only its id is known. */
  reservation_version: number;
}

export interface FolioFilter {
  property_id?: string;
  reservation_id?: string;
  guest_id?: string;
  status?: string;
  kind?: string;
}

export async function getFolio(queries: Queries, id: string): Promise<Folio | undefined> {
  const [found] = await queries.query<Folio>(GET, [id]);
  return found;
}

export async function folioOfReservation(queries: Queries, reservationId: string, kind: FolioKind, options: { lock: boolean }): Promise<Folio | undefined> {
  const [found] = await queries.query<Folio>(options.lock ? LOCK_BY_RESERVATION : BY_RESERVATION, [reservationId, kind]);
  return found;
}

/** @returns the ids of the guest folios that there are, by reservation */
export async function foliosOfReservations(transaction: Transaction, reservationIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await transaction.query<{ id: string; reservation_id: string }>(OF_RESERVATIONS, [reservationIds]);
  return new Map(rows.map(({ id, reservation_id }) => [reservation_id, id]));
}

/** @param after id of the last folio seen */
export function listFolios(queries: Queries, filter: FolioFilter, after: string | undefined, limit: number): Promise<Folio[]> {
  const { statement, values } = listBy(LIST, { ...filter, after }, limit);
  return queries.query<Folio>(statement, values);
}

/** @returns nothing when the reservation has a folio of this kind already */
export async function insertFolio(transaction: Transaction, folio: FolioToOpen): Promise<Folio | undefined> {
  const { property_id, kind, name, reservation_id, group_id, guest_id, arrival, departure, currency, reservation_version } = folio;
  const [made] = await transaction.query<Folio>(INSERT, [property_id, kind, name, reservation_id, group_id, guest_id, arrival, departure, currency, reservation_version]);
  return made;
}

/** Those of `ids` that there are, in the order of their ids. */
export function lockForPosting(transaction: Transaction, ids: readonly string[]): Promise<LockedFolio[]> {
  return transaction.query<LockedFolio>(LOCK_FOR_POSTING, [ids]);
}

/** Guest and dates as the reservation has them, unless a newer version was heard of before. */
export async function followReservation(transaction: Transaction, { reservation_id, reservation_version, guest_id, group_id, arrival, departure }: FolioToOpen): Promise<void> {
  await transaction.query(FOLLOW, [reservation_id, reservation_version, guest_id, group_id, arrival, departure]);
}

/** Of an open folio whose row is locked and whose balance is zero. */
export async function closeFolio(transaction: Transaction, id: string, settlement: string): Promise<Folio> {
  const [closed] = await transaction.query<Folio>(CLOSE, [id, settlement]);
  if (!closed) throw new Error(`The folio ${id} was not open when it was closed.`);
  return closed;
}

export async function mergeGuest(transaction: Transaction, from: string, into: string): Promise<void> {
  await transaction.query(MERGE_GUEST, [from, into]);
}

/** Names go; the guest's id stays, so that the accounts stay whole, and tells nothing once the profile is gone. */
export async function eraseGuest(transaction: Transaction, guestId: string): Promise<void> {
  await transaction.query(ERASE_GUEST, [guestId]);
}
