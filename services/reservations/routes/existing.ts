/** What a route does first: finds what it is about, and sees that nothing else is under way with it. */
import type { FastifyRequest } from 'fastify';
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { requireMatch } from '@tartware/kit/resources';
import { lockReservation } from '../store/reservations.ts';
import type { LockedReservation } from '../store/reservations.ts';

export function existing<Found>(found: Found | undefined, what = 'This reservation'): Found {
  if (found === undefined) {
    throw notFound(what);
  }
  return found;
}

/**
 * Locks the reservation for the rest of the transaction.
 * @throws Problem 404; 409 `operation_in_progress`; 412 when `If-Match` is sent and names another version
 */
export async function lockFree(transaction: Transaction, request: Pick<FastifyRequest, 'headers'>, id: string): Promise<LockedReservation> {
  const locked = existing(await lockReservation(transaction, id));
  if (locked.operationId !== null) {
    throw operationInProgress();
  }
  if (request.headers['if-match'] !== undefined) {
    requireMatch(request, locked.reservation.version);
  }
  return locked;
}

export function operationInProgress(): Problem {
  return new Problem({
    status: 409, code: 'operation_in_progress', message: 'Another change of this reservation is being carried out.', hint: 'Read it again in a moment, then decide anew.', headers: { 'retry-after': '1' },
  });
}

/** A 409 `room_taken`, naming nights but nobody. */
export function roomTaken(nights: readonly string[]): Problem {
  return new Problem({
    status: 409, code: 'room_taken', message: `The room is taken in ${nights.length === 1 ? 'the night' : 'the nights'} of ${nights.join(', ')}.`, hint: 'Choose another room, or free this one first.',
    errors: nights.map((night) => ({ in: 'nights', field: `/${night}`, message: 'is taken' })),
  });
}
