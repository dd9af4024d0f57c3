/** Nothing is edited: what was wrong is posted again with its sides changed, once. */
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { reversalEntries } from '../model/entries.ts';
import { requireOpen } from '../model/folio.ts';
import type { PostingWithEntries } from '../model/posting.ts';
import { lockForPosting } from '../store/folios.ts';
import type { LockedFolio } from '../store/folios.ts';
import { invoiceOfPosting } from '../store/invoices.ts';
import { getEntry, getPosting } from '../store/ledger.ts';
import { postOn, postingOn } from './post.ts';
import type { PostedOn } from './post.ts';

const REVERSIBLE: readonly string[] = ['charge', 'transfer'];

/**
 * Reverses the posting that an entry is of, whole: a charge goes with its taxes.
 * @throws Problem 409 when it was reversed already, is on an invoice, or is undone in another way
 */
export async function reverseEntry(transaction: Transaction, entryId: string, reason: string, actor: string): Promise<PostedOn> {
  const entry = await getEntry(transaction, entryId);
  const posting = entry && await getPosting(transaction, entry.posting_id);
  if (!posting) throw notFound('This entry');
  if (!REVERSIBLE.includes(posting.kind)) {
    throw new Problem({
      status: 409, code: 'entry_not_reversible', message: `An entry of a ${posting.kind} is not reversed.`, hint: 'Refund a payment; transfer back what was settled; post a new charge in place of a reversal.',
    });
  }
  const folio = await lockFolios(transaction, posting);
  if (await invoiceOfPosting(transaction, posting.id)) {
    throw new Problem({ status: 409, code: 'entry_invoiced', message: 'This charge is on an invoice.', hint: 'Issue a credit note for the invoice: POST …/folios/:id/invoices with "credits".' });
  }
  return reversePosting(transaction, folio, posting, reason, actor);
}

/** @param folio of the posting, locked and open @throws Problem 409 `entry_reversed` */
export async function reversePosting(transaction: Transaction, folio: LockedFolio, posting: PostingWithEntries, reason: string, actor: string): Promise<PostedOn> {
  const { charge_kind, counter_folio_id, net_minor, tax_minor, gross_minor, taxes } = posting;
  const made = await postOn(transaction, folio, postingOn(folio, {
    kind: 'reversal',
    charge_kind,
    counter_folio_id,
    description: reason,
    net_minor: 0 - net_minor,
    tax_minor: 0 - tax_minor,
    gross_minor: 0 - gross_minor,
    taxes: taxes.map((tax) => ({ ...tax, amount_minor: 0 - tax.amount_minor })),
    reverses: posting.id,
    entries: reversalEntries(posting.entries),
    created_by: actor,
  }));
  if (!made) {
    throw new Problem({ status: 409, code: 'entry_reversed', message: 'This was reversed already.', hint: 'Read the entries of the folio: the reversal is among them.' });
  }
  return made;
}

async function lockFolios(transaction: Transaction, { folio_id, counter_folio_id }: PostingWithEntries): Promise<LockedFolio> {
  const folios = await lockForPosting(transaction, counter_folio_id === null ? [folio_id] : [folio_id, counter_folio_id]);
  folios.forEach(requireOpen);
  const folio = folios.find(({ id }) => id === folio_id);
  if (!folio) throw notFound('This folio');
  return folio;
}
