import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { transferEntries } from '../model/entries.ts';
import { requireCurrency, requireOpen } from '../model/folio.ts';
import type { NewTransfer } from '../model/posting.ts';
import { lockForPosting } from '../store/folios.ts';
import { postNew, postingOn } from './post.ts';
import type { PostedOn } from './post.ts';

/**
 * Moves a debt from one folio to another of the same property.
 * @throws Problem 422 when it is more than is owed, the folios are one, or of two properties
 */
export async function transfer(transaction: Transaction, fromId: string, { to_folio_id, amount_minor, currency, description }: NewTransfer, actor: string): Promise<PostedOn> {
  const folios = await lockForPosting(transaction, [fromId, to_folio_id]);
  const from = folios.find(({ id }) => id === fromId);
  const to = folios.find(({ id }) => id === to_folio_id);
  if (!from || !to) throw notFound(from ? 'The folio that is to take it' : 'This folio');
  if (from === to || from.property_id !== to.property_id) {
    throw new Problem({ status: 422, code: 'transfer_target_wrong', message: 'A transfer goes to another folio of the same property.', hint: 'Choose another folio.' });
  }
  requireOpen(from);
  requireOpen(to);
  requireCurrency(from, currency);
  if (amount_minor > from.balance_minor) {
    throw new Problem({ status: 422, code: 'transfer_above_balance', message: `This folio owes ${from.balance_minor} minor units, not ${amount_minor}.`, hint: 'Transfer what is owed, or less.' });
  }
  return postNew(transaction, from, postingOn(from, {
    kind: 'transfer', counter_folio_id: to.id, description, net_minor: -amount_minor, gross_minor: -amount_minor, entries: transferEntries(from, to, amount_minor), created_by: actor,
  }));
}
