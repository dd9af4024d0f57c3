/** Putting a posting on folios that are open, in the transaction that holds them. */
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { balanceOf } from '../model/entries.ts';
import { requireOpen } from '../model/folio.ts';
import type { PostingWithEntries } from '../model/posting.ts';
import { lockForPosting } from '../store/folios.ts';
import type { LockedFolio } from '../store/folios.ts';
import { post } from '../store/ledger.ts';
import type { NewPosting } from '../store/ledger.ts';
import { announceEntries } from './billing.ts';

/** @returns the folio, locked, open or not @throws Problem 404 */
export async function lockedFolio(transaction: Transaction, id: string): Promise<LockedFolio> {
  const [folio] = await lockForPosting(transaction, [id]);
  if (!folio) throw notFound('This folio');
  return folio;
}

/** @returns the folio, locked until the transaction ends @throws Problem 404, 409 `folio_closed` */
export async function openForPosting(transaction: Transaction, id: string): Promise<LockedFolio> {
  const folio = await lockedFolio(transaction, id);
  requireOpen(folio);
  return folio;
}

/** What a posting has of its folio, and what it has unless told otherwise. */
export function postingOn(folio: LockedFolio, own: Partial<NewPosting> & Pick<NewPosting, 'kind' | 'description' | 'net_minor' | 'gross_minor' | 'entries' | 'created_by'>): NewPosting {
  return {
    property_id: folio.property_id,
    folio_id: folio.id,
    counter_folio_id: null,
    charge_kind: null,
    source: 'user',
    reservation_id: folio.reservation_id,
    business_date: folio.business_date,
    currency: folio.currency,
    tax_minor: 0,
    taxes: [],
    reverses: null,
    ...own,
  };
}

/** What was posted on a folio, and what its debtor owes after it. */
export type PostedOn = PostingWithEntries & { balance_minor: number };

/**
 * @param folio locked and open
 * @returns nothing when it was there already
 * @throws Problem 422 `balance_out_of_range` when the balance would be no exact number any more
 */
export async function postOn(transaction: Transaction, folio: LockedFolio, posting: NewPosting): Promise<PostedOn | undefined> {
  const balance_minor = folio.balance_minor + balanceOf(folio.id, posting.entries);
  if (!Number.isSafeInteger(balance_minor)) {
    throw new Problem({ status: 422, code: 'balance_out_of_range', message: 'The balance of this folio would be too large to be exact.', hint: 'Settle the folio first.' });
  }
  const [made] = await post(transaction, [posting]);
  if (!made) return undefined;
  await announceEntries(transaction, [made]);
  return { ...made, balance_minor };
}

/** As `postOn`, for what nothing can have posted before. */
export async function postNew(transaction: Transaction, folio: LockedFolio, posting: NewPosting): Promise<PostedOn> {
  const made = await postOn(transaction, folio, posting);
  if (!made) throw new Error('A posting without a key of its own was there already.');
  return made;
}
