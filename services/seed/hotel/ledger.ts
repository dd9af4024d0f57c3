/** Folios with what was posted on them, by the very functions that billing's routes use; sums by day and account for the night audits. */
import type { LockedFolio } from '../../billing/store/folios.ts';
import type { NewPosting } from '../../billing/store/ledger.ts';
import type { Folio } from '../../billing/model/folio.ts';
import type { Invoice } from '../../billing/model/invoice.ts';
import type { Payment } from '../../billing/model/payments.ts';
import type { Entry, PostingWithEntries } from '../../billing/model/posting.ts';
import { balanceOf } from '../../billing/model/entries.ts';
import type { Random } from '../random.ts';

export interface Account {
  /** As it is now. */
  folio: Folio;
  opened: Folio;
  closed: Folio | undefined;
  /** Version of the reservation whose guest and dates the folio has. */
  reservationVersion: number;
  postings: PostingWithEntries[];
  payments: Payment[];
  invoices: Omit<Invoice, 'number'>[];
}

interface Sum {
  account: string;
  debit_minor: number;
  credit_minor: number;
}

export class Ledger {
  readonly accounts: Account[] = [];
  readonly #sums = new Map<string, Map<string, Sum>>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  open(folio: Omit<Folio, 'id' | 'version' | 'status' | 'settlement' | 'balance_minor' | 'deposit_minor' | 'opened_at' | 'closed_at' | 'name'>, at: number): Account {
    const opened: Folio = {
      ...folio, id: this.#random.uuid(at), version: 1, name: '', status: 'open', settlement: null, balance_minor: 0, deposit_minor: 0, opened_at: new Date(at).toISOString(), closed_at: null,
    };
    const account: Account = { folio: opened, opened, closed: undefined, reservationVersion: 1, postings: [], payments: [], invoices: [] };
    this.accounts.push(account);
    return account;
  }

  /** @param make from the folio, locked as it were, with the business date that it is posted on */
  post(account: Account, businessDate: string, at: number, make: (folio: LockedFolio) => NewPosting): PostingWithEntries {
    const { entries, ...given } = make({ ...account.folio, business_date: businessDate });
    const created_at = new Date(at).toISOString();
    const { property_id, business_date, currency } = given;
    const id = this.#random.uuid(at);
    const posting: PostingWithEntries = {
      ...given, id, created_at,
      entries: entries.map((entry): Entry => ({ id: this.#random.uuid(at), posting_id: id, property_id, business_date, currency, ...entry, created_at })),
    };
    account.postings.push(posting);
    this.#book(posting);
    account.folio = afterEntries(account.folio, posting.entries);
    return posting;
  }

  /** To the other folio of what was posted on the first. */
  follow(account: Account, posting: PostingWithEntries): void {
    account.folio = afterEntries(account.folio, posting.entries);
  }

  close(account: Account, settlement: 'paid' | 'city_ledger', at: number): void {
    const { folio } = account;
    account.folio = { ...folio, version: folio.version + 1, status: 'closed', settlement, closed_at: new Date(at).toISOString() };
    account.closed = account.folio;
  }

  sumsOf(businessDate: string): Sum[] {
    return [...(this.#sums.get(businessDate)?.values() ?? [])];
  }

  #book({ business_date, entries }: PostingWithEntries): void {
    const sums = this.#sums.get(business_date) ?? new Map<string, Sum>();
    this.#sums.set(business_date, sums);
    const sumOf = (account: string): Sum => {
      const sum = sums.get(account) ?? { account, debit_minor: 0, credit_minor: 0 };
      sums.set(account, sum);
      return sum;
    };
    for (const { debit_account, credit_account, amount_minor } of entries) {
      sumOf(debit_account).debit_minor += amount_minor;
      sumOf(credit_account).credit_minor += amount_minor;
    }
  }
}

/** As the trigger in billing's schema keeps it. */
function afterEntries(folio: Folio, entries: readonly Entry[]): Folio {
  const deposits = entries.reduce((sum, { amount_minor, debit_account, debit_folio_id, credit_account, credit_folio_id }) => sum
    + (credit_account === 'deposits' && credit_folio_id === folio.id ? amount_minor : 0) - (debit_account === 'deposits' && debit_folio_id === folio.id ? amount_minor : 0), 0);
  return { ...folio, balance_minor: folio.balance_minor + balanceOf(folio.id, entries), deposit_minor: folio.deposit_minor + deposits };
}
