/** A payment's life: promised (authorised), taken (captured), given back in parts or whole; or let go (voided). */
import { Problem } from '@tartware/kit';

export const PAYMENT_STATUSES = ['authorised', 'captured', 'partly_refunded', 'refunded', 'voided'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export const PAYMENT_ACTIONS = ['capture', 'void', 'refund'] as const;
export type PaymentAction = (typeof PAYMENT_ACTIONS)[number];

/** The one transition table: which states an action may start from. */
const MAY_START_FROM: Readonly<Record<PaymentAction, readonly PaymentStatus[]>> = {
  capture: ['authorised'],
  void: ['authorised'],
  refund: ['captured', 'partly_refunded'],
};

/** @throws Problem 409 `transition_illegal` that names the state */
export function requireTransition(action: PaymentAction, status: PaymentStatus): void {
  if (!MAY_START_FROM[action].includes(status)) {
    throw new Problem({
      status: 409, code: 'transition_illegal', message: `A payment that is ${status} takes no ${action}.`, hint: `It must be ${MAY_START_FROM[action].join(' or ')}.`,
    });
  }
}

export interface PaidAmounts {
  captured_minor: number;
  refunded_minor: number;
}

/** @returns the state after `amountMinor` more were given back @throws Problem 422 when that is more than is left */
export function refundedStatus({ captured_minor, refunded_minor }: PaidAmounts, amountMinor: number): PaymentStatus {
  const left = captured_minor - refunded_minor;
  if (amountMinor > left) {
    throw new Problem({
      status: 422, code: 'refund_above_captured', message: `Of this payment ${left} minor units can be refunded, not ${amountMinor}.`, hint: 'Refund less.',
    });
  }
  return amountMinor === left ? 'refunded' : 'partly_refunded';
}
