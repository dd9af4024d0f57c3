/** Follows the guest profiles of the guests service. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Reservation } from '../model/reservation.ts';
import { COLUMNS } from './reservations.ts';

/** Merges of one tenant are taken one after the other: two links of a chain at once would each miss the other. */
const ONE_BY_ONE: Statement = { operation: 'guests.merge_lock', text: 'select pg_advisory_xact_lock(hashtextextended(\'guest_merges\' || current_tenant(), 0))' };
const SURVIVOR: Statement = { operation: 'guests.survivor', text: 'select into_id from guest_merges where from_id = $1' };
const REDIRECT: Statement = { operation: 'guests.redirect', text: 'update guest_merges set into_id = $2 where into_id = $1' };
const KEEP: Statement = {
  operation: 'guests.keep_merge',
  text: 'insert into guest_merges (tenant_id, from_id, into_id) values (current_tenant(), $1, $2) on conflict (tenant_id, from_id) do update set into_id = excluded.into_id',
};
/** A step of an operation is not announced and needs no version. */
const MERGE: Statement = {
  operation: 'guests.merge_reservations',
  text: `update reservations r set guest_id = $2, version = version + case when status in ('requested', 'rejected') then 0 else 1 end, changed_by = 'guests', updated_at = now()
    where guest_id = $1 returning ${COLUMNS}`,
};

/** @returns who is left of the chain that begins with `into`, and from now on of everybody merged into `from` */
export async function keepMerge(transaction: Transaction, from: string, into: string): Promise<string> {
  await transaction.query(ONE_BY_ONE);
  const [known] = await transaction.query<{ into_id: string }>(SURVIVOR, [into]);
  const survivor = known?.into_id ?? into;
  await transaction.query(REDIRECT, [from, survivor]);
  await transaction.query(KEEP, [from, survivor]);
  return survivor;
}

/** @returns what changed */
export function mergeGuest(transaction: Transaction, from: string, into: string): Promise<Reservation[]> {
  return transaction.query<Reservation>(MERGE, [from, into]);
}
