import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rulesOn, taxOf } from './tax.ts';
import type { TaxRule } from './tax.ts';

function rule(over: Partial<TaxRule>): TaxRule {
  return { charge_kind: 'room', code: 'vat', name: 'VAT', valid_from: '2026-01-01', method: 'percent', rate_ppm: 70_000, amount_minor: 0, inclusive: true, ...over };
}

const percent = (code: string) => fc.record({ rate_ppm: fc.integer({ min: 0, max: 1_000_000 }), inclusive: fc.boolean() }).map((over) => rule({ ...over, code }));
const fixed = (code: string) => fc.record({ amount_minor: fc.integer({ min: 0, max: 5_000 }), inclusive: fc.boolean() }).map((over) => rule({ ...over, code, method: 'fixed', rate_ppm: 0 }));
const anyRules = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }).chain((codes) => fc.tuple(...codes.map((code) => fc.oneof(percent(code), fixed(code)))));
const price = fc.integer({ min: 20_000, max: 1_000_000_000_000 });

describe('the tax of a charge', () => {
  it.each([
    [10_700, [rule({})], 10_000, { vat: 700 }],
    // 119 with 19 %: 100 and 19; 100 with 19 %: 84.03 and 15.97.
    [100_00, [rule({ rate_ppm: 190_000 })], 84_03, { vat: 15_97 }],
    [10_000, [rule({ inclusive: false, rate_ppm: 88_750 })], 10_000, { vat: 888 }],
    [10_000, [rule({}), rule({ code: 'city', method: 'fixed', rate_ppm: 0, amount_minor: 250, inclusive: false })], 9_346, { vat: 654, city: 250 }],
    [1, [rule({ rate_ppm: 190_000 })], 1, {}],
    // Half a unit goes up: 50 at 1 % is 0.5.
    [50, [rule({ inclusive: false, rate_ppm: 10_000 })], 50, { vat: 1 }],
    [49, [rule({ inclusive: false, rate_ppm: 10_000 })], 49, {}],
    [3, [rule({ code: 'a', rate_ppm: 500_000 }), rule({ code: 'b', rate_ppm: 500_000 })], 2, { a: 1 }],
    [1_000_000_000_000, [rule({ rate_ppm: 1_000_000 })], 500_000_000_000, { vat: 500_000_000_000 }],
  ])('of %i', (amount, rules, net, taxes) => {
    const taxed = taxOf(amount, rules);
    expect(taxed.net_minor).toBe(net);
    expect(Object.fromEntries(taxed.taxes.map(({ code, amount_minor }) => [code, amount_minor]))).toEqual(taxes);
  });

  it('and the net are the gross exactly, whatever the rules', () => {
    fc.assert(fc.property(price, anyRules, (amount, rules) => {
      const { net_minor, tax_minor, gross_minor, taxes } = taxOf(amount, rules);
      expect(taxes.reduce((sum, tax) => sum + tax.amount_minor, 0)).toBe(tax_minor);
      expect(net_minor + tax_minor).toBe(gross_minor);
      const onTop = taxes.filter(({ inclusive }) => !inclusive).reduce((sum, tax) => sum + tax.amount_minor, 0);
      expect(gross_minor).toBe(amount + onTop);
      expect([net_minor, ...taxes.map((tax) => tax.amount_minor)].every((part) => Number.isSafeInteger(part) && part >= 0)).toBe(true);
    }));
  });

  it('that is contained is within half a unit of the exact one', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000_000 }), fc.integer({ min: 0, max: 1_000_000 }), (amount, rate_ppm) => {
      const { net_minor } = taxOf(amount, [rule({ rate_ppm })]);
      // |net · (1 + rate) − amount| ≤ (1 + rate) / 2, in whole numbers.
      const off = BigInt(net_minor) * (1_000_000n + BigInt(rate_ppm)) - BigInt(amount) * 1_000_000n;
      expect(2n * (off < 0n ? -off : off) <= 1_000_000n + BigInt(rate_ppm)).toBe(true);
    }));
  });

  it('never is more than the price that contains it', () => {
    expect(() => taxOf(249, [rule({ method: 'fixed', rate_ppm: 0, amount_minor: 250 })])).toThrow(expect.objectContaining({ status: 422, code: 'amount_below_tax' }));
  });
});

describe('the rules of a day', () => {
  const rules = [
    rule({ valid_from: '2026-01-01' }),
    rule({ valid_from: '2026-07-01', rate_ppm: 190_000 }),
    rule({ charge_kind: 'other', code: 'beverage' }),
    rule({ code: 'city', valid_from: '2026-07-02' }),
  ];

  it.each([
    ['2025-12-31', []],
    ['2026-01-01', [['vat', 70_000]]],
    ['2026-06-30', [['vat', 70_000]]],
    ['2026-07-01', [['vat', 190_000]]],
    ['2026-07-02', [['city', 70_000], ['vat', 190_000]]],
  ])('%s are the newest of each code', (date, expected) => {
    expect(rulesOn(rules, 'room', date).map(({ code, rate_ppm }) => [code, rate_ppm])).toEqual(expected);
    expect(rulesOn([...rules].reverse(), 'room', date).map(({ code, rate_ppm }) => [code, rate_ppm])).toEqual(expected);
  });
});
