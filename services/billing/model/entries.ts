/** Pure double entry: what a charge, a payment, a transfer and their undoing write into the ledger. One entry is one debit and one credit. */
import { DEPOSITS, ledgerAccount, moneyAccount, revenueAccount, taxAccount } from './accounts.ts';
import type { ChargeKind, FolioKind, PaymentMethod } from './accounts.ts';
import type { TaxedAmount } from './tax.ts';

export interface NewEntry {
  debit_account: string;
  /** Set exactly for the accounts that are kept by folio: guest ledger, city ledger, deposits. */
  debit_folio_id: string | null;
  credit_account: string;
  credit_folio_id: string | null;
  /** Minor units, 1 or more. */
  amount_minor: number;
  /** The entry that this one takes back. */
  reverses: string | null;
}

/** What the ledger needs to know of a folio. */
export interface Account {
  id: string;
  kind: FolioKind;
}

interface Side {
  account: string;
  folio: string | null;
}

function entry(debit: Side, credit: Side, amount_minor: number): NewEntry {
  return {
    debit_account: debit.account, debit_folio_id: debit.folio, credit_account: credit.account, credit_folio_id: credit.folio, amount_minor, reverses: null,
  };
}

const general = (account: string): Side => ({ account, folio: null });
const owed = ({ id, kind }: Account): Side => ({ account: ledgerAccount(kind), folio: id });
const deposit = ({ id }: Account): Side => ({ account: DEPOSITS, folio: id });

/** The debtor owes the gross: the net to revenue, each tax to its own account. */
export function chargeEntries(folio: Account, kind: ChargeKind, { net_minor, taxes }: TaxedAmount): NewEntry[] {
  return [
    entry(owed(folio), general(revenueAccount(kind)), net_minor),
    ...taxes.map(({ code, amount_minor }) => entry(owed(folio), general(taxAccount(code)), amount_minor)),
  ].filter(({ amount_minor }) => amount_minor > 0);
}

/** @param early before the stay: kept as a deposit until it is used */
export function paymentEntries(folio: Account, method: PaymentMethod, amountMinor: number, early: boolean): NewEntry[] {
  return [entry(general(moneyAccount(method)), early ? deposit(folio) : owed(folio), amountMinor)];
}

/** From what is still a deposit first. */
export function refundEntries(folio: Account & { deposit_minor: number }, method: PaymentMethod, amountMinor: number): NewEntry[] {
  const fromDeposit = Math.min(Math.max(folio.deposit_minor, 0), amountMinor);
  return [
    entry(deposit(folio), general(moneyAccount(method)), fromDeposit),
    entry(owed(folio), general(moneyAccount(method)), amountMinor - fromDeposit),
  ].filter(({ amount_minor }) => amount_minor > 0);
}

/** The stay has begun, or the account is made up: the deposit pays what is owed. */
export function depositEntries(folio: Account, amountMinor: number): NewEntry[] {
  return [entry(deposit(folio), owed(folio), amountMinor)];
}

/** What `from` owed, `to` owes. */
export function transferEntries(from: Account, to: Account, amountMinor: number): NewEntry[] {
  return [entry(owed(to), owed(from), amountMinor)];
}

export function reversalEntries(originals: readonly (NewEntry & { id: string })[]): NewEntry[] {
  return originals.map(({ id, amount_minor, ...sides }) => ({
    debit_account: sides.credit_account,
    debit_folio_id: sides.credit_folio_id,
    credit_account: sides.debit_account,
    credit_folio_id: sides.debit_folio_id,
    amount_minor,
    reverses: id,
  }));
}

/** @returns what the folio's debtor owes after `entries`, minor units; negative when he has paid more */
export function balanceOf(folioId: string, entries: readonly NewEntry[]): number {
  return entries.reduce((sum, { amount_minor, debit_folio_id, credit_folio_id }) => sum
    + (debit_folio_id === folioId ? amount_minor : 0) - (credit_folio_id === folioId ? amount_minor : 0), 0);
}
