/** Follows the guest profiles of the guests service. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Reservation } from '../model/reservation.ts';
import { COLUMNS } from './reservations.ts';

/** A step of an operation is not announced and needs no version. */
const MERGE: Statement = {
  operation: 'reservations.merge_guest',
  text: `update reservations r set guest_id = $2, version = version + case when status in ('requested', 'rejected') then 0 else 1 end, changed_by = 'guests', updated_at = now()
    where guest_id = $1 returning ${COLUMNS}`,
};

/** @returns what changed */
export function mergeGuest(transaction: Transaction, from: string, into: string): Promise<Reservation[]> {
  return transaction.query<Reservation>(MERGE, [from, into]);
}
