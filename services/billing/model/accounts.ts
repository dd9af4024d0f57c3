/** The chart of accounts, and which account a charge, a payment or a folio is booked on. The database knows the same names (domain `account_code`). */

export const CHARGE_KINDS = ['room', 'food_beverage', 'other', 'cancellation_fee'] as const;
export type ChargeKind = (typeof CHARGE_KINDS)[number];

export const FOLIO_KINDS = ['guest', 'house', 'group', 'city_ledger'] as const;
export type FolioKind = (typeof FOLIO_KINDS)[number];

export const PAYMENT_METHODS = ['cash', 'card', 'bank', 'write_off'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

export type AccountType = 'asset' | 'liability' | 'revenue' | 'expense';

const ACCOUNT_TYPES: Readonly<Record<string, AccountType>> = {
  guest_ledger: 'asset',
  city_ledger: 'asset',
  cash: 'asset',
  card_clearing: 'asset',
  bank: 'asset',
  deposits: 'liability',
  room_revenue: 'revenue',
  food_beverage_revenue: 'revenue',
  other_revenue: 'revenue',
  cancellation_revenue: 'revenue',
  write_off: 'expense',
};

const REVENUE: Readonly<Record<ChargeKind, string>> = {
  room: 'room_revenue',
  food_beverage: 'food_beverage_revenue',
  other: 'other_revenue',
  cancellation_fee: 'cancellation_revenue',
};

const MONEY: Readonly<Record<PaymentMethod, string>> = { cash: 'cash', card: 'card_clearing', bank: 'bank', write_off: 'write_off' };

/** Paid before the stay began: owed to the guest until then. */
export const DEPOSITS = 'deposits';

export function revenueAccount(kind: ChargeKind): string {
  return REVENUE[kind];
}

export function moneyAccount(method: PaymentMethod): string {
  return MONEY[method];
}

/** What a folio's debtor owes is on the city ledger once he has left and pays by invoice, on the guest ledger before. */
export function ledgerAccount(kind: FolioKind): string {
  return kind === 'city_ledger' ? 'city_ledger' : 'guest_ledger';
}

/** @param code of the tax rule */
export function taxAccount(code: string): string {
  return `tax_payable:${code}`;
}

/** @throws Error for a code that is no account */
export function accountType(code: string): AccountType {
  const type = code.startsWith('tax_payable:') ? 'liability' : ACCOUNT_TYPES[code];
  if (!type) throw new Error(`${code} is no account.`);
  return type;
}
