/** What the routes of guests share. */
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { emit } from '@tartware/kit/outbox';
import type { Guest } from '../model/guest.ts';
import { lockGuests } from '../store/guests.ts';

export function existing(guest: Guest | undefined): Guest {
  if (!guest) {
    throw notFound('This guest');
  }
  return guest;
}

/**
 * The profile, locked until the transaction ends.
 * @throws Problem 404; 409 when it was merged or erased
 */
export async function activeGuest(transaction: Transaction, id: string): Promise<Guest> {
  const [found] = await lockGuests(transaction, [id]);
  const guest = existing(found);
  requireActive(guest);
  return guest;
}

export function requireActive(guest: Guest): void {
  if (guest.status === 'merged') {
    throw new Problem({ status: 409, code: 'guest_merged', message: `This profile was merged into ${guest.merged_into}.`, hint: 'Use that one.' });
  }
  if (guest.status === 'erased') {
    throw new Problem({ status: 409, code: 'guest_erased', message: 'This profile was erased at the guest\'s request.', hint: 'Make a new profile.' });
  }
}

/** Announces a profile with its whole state. */
export async function announce(transaction: Transaction, type: 'guest.created' | 'guest.updated', guest: Guest): Promise<void> {
  await emit(transaction, { type, aggregateId: guest.id, version: guest.version, data: guest });
}
