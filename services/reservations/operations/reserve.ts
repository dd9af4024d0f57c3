/** Reserving: rooms gives the nights with their price and policy, and the reservation is confirmed. That the guest is known was asked before. */
import { EVENTS } from '../model/reservation.ts';
import type { Allocation } from '../model/reservation.ts';
import { entryTaken } from '../model/waitlist.ts';
import type { NewRequest } from '../store/operations.ts';
import { confirm, giveBack, reject } from '../store/reservations.ts';
import { endEntry } from '../store/waitlist.ts';
import { announce, created, expected } from './announce.ts';
import { allocate } from './ask.ts';
import type { Kind, Operation } from './operation.ts';

export interface ReserveInput extends NewRequest {
  waitlist_entry_id?: string;
}

export const FIRST_REVISION = 1;

export function reservationOf({ reservation_id, id }: Operation): string {
  if (reservation_id === null) {
    throw new Error(`The operation ${id} names no reservation.`);
  }
  return reservation_id;
}

export const reserveKind: Kind<ReserveInput, Allocation> = {
  leaseSeconds: 15,
  call: (operation, calls) => allocate(calls, reservationOf(operation), { ...operation.input, revision: FIRST_REVISION }),
  async finish(transaction, operation, allocation) {
    const { waitlist_entry_id } = operation.input;
    // The entry first, as those do who merge guests. Whoever asked with the same entry meanwhile, or left the waitlist, was before this one.
    if (waitlist_entry_id !== undefined && !(await endEntry(transaction, waitlist_entry_id, 'booked'))) {
      await announce(transaction, EVENTS.cancelled, expected(await giveBack(transaction, reservationOf(operation), allocation)));
      return entryTaken();
    }
    const made = expected(await confirm(transaction, reservationOf(operation), allocation));
    await announce(transaction, EVENTS.confirmed, made);
    return created(made);
  },
  refuse: (transaction, operation) => reject(transaction, [reservationOf(operation)]),
  unanswered: 'carry on',
};
