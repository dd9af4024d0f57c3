/** Money in and out. A payment before the stay is a deposit until the first night, or the end of the folio. */
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { paymentEntries, refundEntries } from '../model/entries.ts';
import { requireCurrency } from '../model/folio.ts';
import { refundedStatus, requireTransition } from '../model/payment.ts';
import type { NewPayment, NewRefund, Payment } from '../model/payments.ts';
import type { LockedFolio } from '../store/folios.ts';
import { getPayment, insertPayment, lockPayment, updatePayment } from '../store/payments.ts';
import { openForPosting, postNew, postingOn } from './post.ts';

export type Paid = Payment & { balance_minor: number };

/** @throws Problem 422 `authorisation_by_card_only` */
export async function pay(transaction: Transaction, folioId: string, request: NewPayment, actor: string): Promise<Paid> {
  const { capture: captured = true } = request;
  if (!captured && request.method !== 'card') {
    throw new Problem({ status: 422, code: 'authorisation_by_card_only', message: 'Only a card can be authorised without being charged.', hint: 'Leave "capture" out.' });
  }
  const folio = await openForPosting(transaction, folioId);
  requireCurrency(folio, request.currency);
  const payment = await insertPayment(transaction, folio, request, captured, actor);
  const balance_minor = captured ? await book(transaction, folio, payment, actor) : folio.balance_minor;
  return { ...payment, balance_minor };
}

export async function capture(transaction: Transaction, paymentId: string, actor: string): Promise<Paid> {
  const { folio, payment } = await lockBoth(transaction, paymentId);
  requireTransition('capture', payment.status);
  const captured = await updatePayment(transaction, payment, 'captured', { captured_minor: payment.amount_minor, refunded_minor: 0 });
  return { ...captured, balance_minor: await book(transaction, folio, captured, actor) };
}

export async function voidPayment(transaction: Transaction, paymentId: string): Promise<Paid> {
  const { folio, payment } = await lockBoth(transaction, paymentId);
  requireTransition('void', payment.status);
  return { ...await updatePayment(transaction, payment, 'voided', payment), balance_minor: folio.balance_minor };
}

/** Never more than was captured, however many refund at once. */
export async function refund(transaction: Transaction, paymentId: string, { amount_minor, currency, reason }: NewRefund, actor: string): Promise<Paid> {
  const { folio, payment } = await lockBoth(transaction, paymentId);
  requireCurrency(folio, currency);
  requireTransition('refund', payment.status);
  const status = refundedStatus(payment, amount_minor);
  const changed = await updatePayment(transaction, payment, status, { captured_minor: payment.captured_minor, refunded_minor: payment.refunded_minor + amount_minor });
  const entries = refundEntries(folio, payment.method, amount_minor);
  const { balance_minor } = await postNew(transaction, folio, postingOn(folio, {
    kind: 'refund', description: reason, net_minor: amount_minor, gross_minor: amount_minor, entries, created_by: actor,
  }));
  return { ...changed, balance_minor };
}

/** @returns the folio's balance after it */
async function book(transaction: Transaction, folio: LockedFolio, { method, amount_minor, reference }: Payment, actor: string): Promise<number> {
  const early = folio.kind === 'guest' && folio.arrival !== null && folio.business_date < folio.arrival;
  const posted = await postNew(transaction, folio, postingOn(folio, {
    kind: 'payment', description: reference, net_minor: -amount_minor, gross_minor: -amount_minor, entries: paymentEntries(folio, method, amount_minor, early), created_by: actor,
  }));
  return posted.balance_minor;
}

/** The folio first, as everybody locks. */
async function lockBoth(transaction: Transaction, paymentId: string): Promise<{ folio: LockedFolio; payment: Payment }> {
  const found = await getPayment(transaction, paymentId);
  if (!found) throw notFound('This payment');
  const folio = await openForPosting(transaction, found.folio_id);
  const payment = await lockPayment(transaction, paymentId);
  if (!payment) throw notFound('This payment');
  return { folio, payment };
}
