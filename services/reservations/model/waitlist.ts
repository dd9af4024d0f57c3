/** Guests who want what is sold out, and what they are offered when it comes free. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { AmountMinor, Currency, Id, Moment, Version, choice, nullable } from '@tartware/kit/resources';
import { CancellationPolicy } from './cancellation.ts';
import { Night, wishes } from './reservation.ts';

export const WAITLIST_STATUSES = ['waiting', 'offered', 'booked', 'cancelled', 'expired'] as const;
export const WaitlistStatus = choice(WAITLIST_STATUSES);

export const NewWaitlistEntry = Type.Object({
  property_id: Id, ...wishes, children: Type.Optional(wishes.children),
}, { additionalProperties: false });
export type NewWaitlistEntry = Static<typeof NewWaitlistEntry>;

/** As rooms offered it. It holds no room: whoever reserves first has it. Reserve with `waitlist_entry_id` to take it up. */
export const Offer = Type.Object({ currency: Currency, nights: Type.Array(Night), total_minor: AmountMinor, cancellation_policy: CancellationPolicy });
export type Offer = Static<typeof Offer>;

export const WaitlistEntry = Type.Object({
  id: Id,
  version: Version,
  property_id: Id,
  ...wishes,
  status: WaitlistStatus,
  offer: nullable(Offer),
  offered_until: nullable(Moment),
  created_at: Moment,
  updated_at: Moment,
});
export type WaitlistEntry = Static<typeof WaitlistEntry>;

/** Somebody took it up, or it is waited for no longer. */
export function entryTaken(): Problem {
  return new Problem({ status: 409, code: 'waitlist_entry_taken', message: 'This waitlist entry is no longer open.', hint: 'Reserve without waitlist_entry_id.' });
}
