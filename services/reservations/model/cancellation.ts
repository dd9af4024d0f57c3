/** What cancelling costs. The policy was fixed at booking and says from which moment on and how much, so nothing is looked up when it is applied. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { AmountMinor, nullable } from '@tartware/kit/resources';

const Charge = Type.Object({
  kind: Type.String({ description: 'none, first_night, full_stay or percent', examples: ['first_night'] }),
  percent: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  amount_minor: AmountMinor,
});

/** As rooms gives it with an allocation. */
export const CancellationPolicy = Type.Object({
  free_until: nullable(Type.String({ format: 'date-time', description: 'moment from which on cancelling costs the fee; null: always', examples: ['2027-04-30T16:00:00.000Z'] })),
  free_until_days: nullable(Type.Integer({ examples: [1] })),
  free_until_time: Type.String({ description: 'HH:MM on the property\'s clock', examples: ['18:00'] }),
  cancellation_fee: Charge,
  no_show_fee: Charge,
});
export type CancellationPolicy = Static<typeof CancellationPolicy>;

/**
 * @param at when it is cancelled; the very moment of `free_until` is late already
 * @returns minor units of the reservation's currency
 */
export function cancellationFee({ free_until, cancellation_fee }: CancellationPolicy, at: Date): number {
  const inTime = free_until !== null && at.getTime() < Date.parse(free_until);
  return inTime ? 0 : cancellation_fee.amount_minor;
}

/** @returns minor units of the reservation's currency */
export function noShowFee({ no_show_fee }: CancellationPolicy): number {
  return no_show_fee.amount_minor;
}
