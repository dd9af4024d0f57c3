/** Invoices of what a folio was charged and is on no invoice yet; credit notes that take an invoice back whole. */
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { requireOpen } from '../model/folio.ts';
import { draft } from '../model/invoice.ts';
import type { Drafted, Invoice, Recipient } from '../model/invoice.ts';
import type { LockedFolio } from '../store/folios.ts';
import { getInvoice, insertInvoice, postingsOfInvoice, uninvoicedCharges } from '../store/invoices.ts';
import { getPosting } from '../store/ledger.ts';
import { announceInvoice } from './billing.ts';
import { lockedFolio } from './post.ts';
import { reversePosting } from './reverse.ts';

/** A closed folio may still be invoiced: that posts nothing. @throws Problem 409 `nothing_to_invoice` */
export async function issueInvoice(transaction: Transaction, folioId: string, recipient: Recipient, actor: string): Promise<Invoice> {
  const folio = await lockedFolio(transaction, folioId);
  const charges = await uninvoicedCharges(transaction, folioId);
  if (charges.length === 0) {
    throw new Problem({ status: 409, code: 'nothing_to_invoice', message: 'All charges of this folio are on invoices already, or there are none.', hint: 'Post a charge first.' });
  }
  return issue(transaction, folio, draft(charges, recipient, ''), null, actor);
}

/** Reverses what the invoice has, so it needs an open folio. @throws Problem 409 when there is a credit note already or a charge was reversed */
export async function issueCreditNote(transaction: Transaction, folioId: string, invoiceId: string, reason: string, actor: string): Promise<Invoice> {
  const folio = await lockedFolio(transaction, folioId);
  requireOpen(folio);
  const invoice = await getInvoice(transaction, invoiceId);
  if (!invoice || invoice.folio_id !== folioId || invoice.kind !== 'invoice') throw notFound('This invoice of the folio');
  const reversals = [];
  for (const postingId of await postingsOfInvoice(transaction, invoiceId)) {
    const charged = await getPosting(transaction, postingId);
    if (charged) reversals.push(await reversePosting(transaction, folio, charged, `${charged.description} (credit note)`, actor));
  }
  return issue(transaction, folio, draft(reversals, invoice.document.recipient, reason), invoiceId, actor);
}

async function issue(transaction: Transaction, folio: LockedFolio, drafted: Drafted, credits: string | null, actor: string): Promise<Invoice> {
  const { property_id, id: folio_id, business_date, currency } = folio;
  const issued = await insertInvoice(transaction, { ...drafted, property_id, folio_id, kind: credits === null ? 'invoice' : 'credit_note', credits, business_date, currency, issued_by: actor });
  await announceInvoice(transaction, issued);
  return issued;
}
