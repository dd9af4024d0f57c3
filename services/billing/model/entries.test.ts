import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountType } from './accounts.ts';
import { balanceOf, chargeEntries, depositEntries, paymentEntries, refundEntries, reversalEntries, transferEntries } from './entries.ts';
import type { NewEntry } from './entries.ts';
import { taxOf } from './tax.ts';

const guest = { id: 'g', kind: 'guest', deposit_minor: 0 } as const;
const city = { id: 'c', kind: 'city_ledger', deposit_minor: 0 } as const;
const folio = fc.constantFrom(guest, city);
const amount = fc.integer({ min: 1, max: 1_000_000_000_000 });
const method = fc.constantFrom('cash', 'card', 'bank', 'write_off' as const);
const kind = fc.constantFrom('room', 'food_beverage', 'other', 'cancellation_fee' as const);
const tax = fc.integer({ min: 0, max: 300_000 }).map((rate_ppm) => ({ charge_kind: 'room' as const, code: 'vat', name: 'VAT', valid_from: '2026-01-01', method: 'percent' as const, rate_ppm, amount_minor: 0, inclusive: true }));

const anyEntries: fc.Arbitrary<NewEntry[]> = fc.oneof(
  fc.tuple(folio, kind, amount, tax).map(([to, of, price, rule]) => chargeEntries(to, of, taxOf(price, [rule]))),
  fc.tuple(folio, method, amount, fc.boolean()).map(([to, by, paid, early]) => paymentEntries(to, by, paid, early)),
  fc.tuple(folio, method, amount, fc.integer({ min: -5, max: 1_000 })).map(([from, by, back, deposit_minor]) => refundEntries({ ...from, deposit_minor }, by, back)),
  fc.tuple(folio, amount).map(([of, held]) => depositEntries(of, held)),
  amount.map((moved) => transferEntries(guest, city, moved)),
);

describe('entries', () => {
  it('name known accounts, a folio exactly where an account is kept by folio, and amounts of 1 or more', () => {
    fc.assert(fc.property(anyEntries, (entries) => {
      for (const entry of entries) {
        for (const [account, folioId] of [[entry.debit_account, entry.debit_folio_id], [entry.credit_account, entry.credit_folio_id]] as const) {
          expect(() => accountType(account)).not.toThrow();
          expect(folioId !== null).toBe(['guest_ledger', 'city_ledger', 'deposits'].includes(account));
        }
        expect(entry.amount_minor).toBeGreaterThanOrEqual(1);
      }
    }));
  });

  it('that are reversed leave every folio as it was', () => {
    fc.assert(fc.property(fc.array(anyEntries, { maxLength: 8 }), (lists) => {
      const entries = lists.flat().map((entry, index) => ({ ...entry, id: String(index) }));
      for (const id of ['g', 'c']) {
        expect(balanceOf(id, [...entries, ...reversalEntries(entries)])).toBe(0);
      }
    }));
  });

  it('of a charge come to its gross, of a payment to its amount', () => {
    fc.assert(fc.property(folio, kind, amount, tax, method, (of, charged, price, rule, by) => {
      const taxed = taxOf(price, [rule]);
      expect(balanceOf(of.id, chargeEntries(of, charged, taxed))).toBe(taxed.gross_minor);
      expect(balanceOf(of.id, paymentEntries(of, by, price, true))).toBe(-price);
      expect(balanceOf(of.id, refundEntries({ ...of, deposit_minor: 7 }, by, price))).toBe(price);
    }));
  });

  it('of a refund take from the deposit first', () => {
    expect(refundEntries({ ...guest, deposit_minor: 30 }, 'cash', 100).map(({ debit_account, amount_minor }) => [debit_account, amount_minor])).toEqual([['deposits', 30], ['guest_ledger', 70]]);
    expect(refundEntries({ ...guest, deposit_minor: 300 }, 'cash', 100).map(({ debit_account }) => debit_account)).toEqual(['deposits']);
  });
});
