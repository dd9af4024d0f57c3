/** Payments as their routes take and give them. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Currency, Id, Moment, Version, choice } from '@tartware/kit/resources';
import { PAYMENT_METHODS } from './accounts.ts';
import { PositiveAmount } from './folio.ts';
import { PAYMENT_STATUSES } from './payment.ts';

export const NewPayment = Type.Object({
  method: choice(PAYMENT_METHODS),
  amount_minor: PositiveAmount,
  currency: Currency,
  capture: Type.Optional(Type.Boolean({ description: 'false: a card is only authorised, and captured or voided later; true unless told' })),
  reference: Type.Optional(Type.String({ maxLength: 200, description: 'of the terminal, the bank or the voucher; never a card number' })),
}, { additionalProperties: false });
export type NewPayment = Static<typeof NewPayment>;

export const NewRefund = Type.Object({
  amount_minor: PositiveAmount,
  currency: Currency,
  reason: Type.String({ minLength: 1, maxLength: 500, description: '1 to 500 characters' }),
}, { additionalProperties: false });
export type NewRefund = Static<typeof NewRefund>;

export const Payment = Type.Object({
  id: Id,
  version: Version,
  property_id: Id,
  folio_id: Id,
  method: choice(PAYMENT_METHODS),
  status: choice(PAYMENT_STATUSES),
  currency: Currency,
  amount_minor: Type.Integer({ minimum: 1 }),
  captured_minor: Type.Integer({ minimum: 0 }),
  refunded_minor: Type.Integer({ minimum: 0 }),
  reference: Type.String(),
  created_at: Moment,
  updated_at: Moment,
});
export type Payment = Static<typeof Payment>;

/** The answer to what was done to a payment. */
export const PaymentDone = Type.Object({ ...Payment.properties, balance_minor: Type.Integer({ description: 'of the folio, after it' }) });
