import type { Transaction } from '@tartware/kit/database';
import type { ChargeKind } from '../model/accounts.ts';
import { chargeEntries } from '../model/entries.ts';
import { requireCurrency } from '../model/folio.ts';
import type { NewCharge } from '../model/posting.ts';
import { rulesOn, taxOf } from '../model/tax.ts';
import type { TaxRule } from '../model/tax.ts';
import type { LockedFolio } from '../store/folios.ts';
import type { NewPosting } from '../store/ledger.ts';
import { taxRulesOfFolio } from '../store/taxes.ts';
import type { Actor } from './billing.ts';
import { openForPosting, postNew, postingOn } from './post.ts';
import type { PostedOn } from './post.ts';

export interface Price {
  kind: ChargeKind;
  /** Net, and the taxes that the property's rules call inclusive. */
  amount_minor: number;
  currency: string;
  description: string;
}

/**
 * @param rules of the property, all
 * @throws Problem 422 when the currency is another, or the price is less than the fixed taxes in it
 */
export function chargeOn(folio: LockedFolio, { kind, amount_minor, currency, description }: Price, rules: readonly TaxRule[], own: Pick<NewPosting, 'source' | 'created_by'>): NewPosting {
  requireCurrency(folio, currency);
  const taxed = taxOf(amount_minor, rulesOn(rules, kind, folio.business_date));
  return postingOn(folio, { kind: 'charge', charge_kind: kind, description, ...taxed, entries: chargeEntries(folio, kind, taxed), ...own });
}

export async function charge(transaction: Transaction, folioId: string, request: NewCharge, actor: Actor): Promise<PostedOn> {
  const [folio, rules] = await Promise.all([openForPosting(transaction, folioId), taxRulesOfFolio(transaction, folioId)]);
  return postNew(transaction, folio, chargeOn(folio, request, rules, { source: 'user', created_by: actor }));
}
