/** What a guest pays who cancels late or does not come: terms of a rate plan, and the policy that a booking takes from them and keeps. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { AmountMinor, addDays, choice, nullable } from '@tartware/kit/resources';
import { instantOf } from './local-time.ts';

const FeeKind = choice(['none', 'first_night', 'percent', 'full_stay'], { description: 'none, first_night, percent or full_stay', examples: ['first_night'] });
const Percent = Type.Integer({ minimum: 1, maximum: 100, description: 'of the whole stay, 1 to 100; only with the kind percent' });

export const Fee = Type.Object({ kind: FeeKind, percent: Type.Optional(Percent) }, { additionalProperties: false, examples: [{ kind: 'percent', percent: 80 }] });
export type Fee = Static<typeof Fee>;

export const CancellationTerms = Type.Object({
  free_until_days: nullable(Type.Integer({ minimum: 0, maximum: 365, description: 'days before arrival until which cancelling is free; null: it never is', examples: [1] })),
  free_until_time: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: 'until this time of that day, HH:MM on the property\'s clock', examples: ['18:00'] }),
  fee: Fee,
  no_show_fee: Fee,
}, { additionalProperties: false });
export type CancellationTerms = Static<typeof CancellationTerms>;

const Charge = Type.Object({
  kind: FeeKind,
  percent: Type.Optional(Percent),
  amount_minor: { ...AmountMinor, minimum: 0 },
});

/** Fixed at booking and carried by the reservation: whoever applies it needs no rule, only the clock. */
export const CancellationPolicy = Type.Object({
  free_until: nullable(Type.String({ format: 'date-time', description: 'moment in UTC from which on cancelling costs cancellation_fee.amount_minor; null: it always does' })),
  free_until_days: CancellationTerms.properties.free_until_days,
  free_until_time: CancellationTerms.properties.free_until_time,
  cancellation_fee: Charge,
  no_show_fee: Charge,
});
export type CancellationPolicy = Static<typeof CancellationPolicy>;
type Charge = Static<typeof Charge>;

/** What a stay costs, night by night in order; one night at least. */
export interface StayPrice {
  nights: readonly { amount_minor: number }[];
  total_minor: number;
}

export function policyFor(terms: CancellationTerms, arrival: string, timeZone: string, price: StayPrice): CancellationPolicy {
  const { free_until_days, free_until_time } = terms;
  return {
    free_until: free_until_days === null ? null : instantOf(addDays(arrival, -free_until_days), free_until_time, timeZone),
    free_until_days,
    free_until_time,
    cancellation_fee: charge(terms.fee, price),
    no_show_fee: charge(terms.no_show_fee, price),
  };
}

export function termsOf({ free_until_days, free_until_time, cancellation_fee, no_show_fee }: CancellationPolicy): CancellationTerms {
  return { free_until_days, free_until_time, fee: feeOf(cancellation_fee), no_show_fee: feeOf(no_show_fee) };
}

/**
 * The policy of a booking that is changed under the same plan: its terms stay as booked, its amounts follow the new price. Once the time for
 * cancelling freely is over it stays over: else a guest would move the stay to next year and cancel that.
 * @param now RFC 3339, UTC, as `toISOString` gives it
 */
export function policyAfterChange(booked: CancellationPolicy, changed: CancellationPolicy, now: string): CancellationPolicy {
  const over = booked.free_until === null || booked.free_until <= now;
  return over ? { ...changed, free_until: booked.free_until } : changed;
}

/** @throws Problem 400 when a percentage is missing or is there for nothing */
export function requireWholeTerms(terms: CancellationTerms): void {
  const errors = (['fee', 'no_show_fee'] as const)
    .filter((name) => (terms[name].kind === 'percent') !== (terms[name].percent !== undefined))
    .map((name) => ({ in: 'body', field: `/cancellation/${name}/percent`, message: terms[name].kind === 'percent' ? 'is missing' : 'is only for the kind percent' }));
  if (errors.length > 0) {
    throw new Problem({ status: 400, code: 'validation_failed', message: 'The cancellation terms are not whole.', hint: 'Send "percent" with the kind percent, and with no other.', errors });
  }
}

function feeOf({ kind, percent }: Charge): Fee {
  return percent === undefined ? { kind } : { kind, percent };
}

function charge(fee: Fee, { nights, total_minor }: StayPrice): Charge {
  switch (fee.kind) {
    case 'none': return { kind: fee.kind, amount_minor: 0 };
    case 'first_night': return { kind: fee.kind, amount_minor: nights[0]?.amount_minor ?? 0 };
    case 'full_stay': return { kind: fee.kind, amount_minor: total_minor };
    case 'percent': return { kind: fee.kind, percent: fee.percent ?? 100, amount_minor: percentOf(total_minor, fee.percent ?? 100) };
  }
}

/** Half a unit goes up. The product may be beyond what a number holds exactly. */
export function percentOf(amountMinor: number, percent: number): number {
  return Number((BigInt(amountMinor) * BigInt(percent) + 50n) / 100n);
}
