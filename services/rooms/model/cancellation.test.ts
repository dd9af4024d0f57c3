import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentOf, policyAfterChange, policyFor, requireWholeTerms, termsOf } from './cancellation.ts';
import type { CancellationTerms } from './cancellation.ts';

const terms: CancellationTerms = { free_until_days: 2, free_until_time: '18:00', fee: { kind: 'percent', percent: 50 }, no_show_fee: { kind: 'full_stay' } };
const price = { nights: [{ amount_minor: 10_001 }, { amount_minor: 12_000 }], total_minor: 22_001 };

describe('the policy of a booking', () => {
  it.each<[string, CancellationTerms['fee'], number]>([
    ['nothing', { kind: 'none' }, 0],
    ['the first night', { kind: 'first_night' }, 10_001],
    ['a percentage, half a unit going up', { kind: 'percent', percent: 50 }, 11_001],
    ['the whole stay', { kind: 'full_stay' }, 22_001],
  ])('charges %s', (_name, fee, amount_minor) => {
    expect(policyFor({ ...terms, fee }, '2027-05-03', 'Europe/Berlin', price).cancellation_fee).toEqual({ ...fee, amount_minor });
    expect(policyFor({ ...terms, no_show_fee: fee }, '2027-05-03', 'Europe/Berlin', price).no_show_fee).toEqual({ ...fee, amount_minor });
  });

  it.each([
    ['over the spring change', '2027-03-29', 'Europe/Berlin', '2027-03-27T17:00:00.000Z'],
    ['after the spring change', '2027-03-31', 'Europe/Berlin', '2027-03-29T16:00:00.000Z'],
    ['over a leap day', '2028-03-01', 'America/New_York', '2028-02-28T23:00:00.000Z'],
    ['over the year\'s end', '2028-01-01', 'Asia/Tokyo', '2027-12-30T09:00:00.000Z'],
  ])('is free until the property\'s time, %s', (_name, arrival, zone, moment) => {
    expect(policyFor(terms, arrival, zone, price).free_until).toBe(moment);
  });

  it('is never free when the plan says so, and gives its terms back', () => {
    const never = { ...terms, free_until_days: null };
    expect(policyFor(never, '2027-05-03', 'Europe/Berlin', price).free_until).toBeNull();
    expect(termsOf(policyFor(never, '2027-05-03', 'Europe/Berlin', price))).toEqual(never);
    expect(termsOf(policyFor(terms, '2027-05-03', 'Europe/Berlin', price))).toEqual(terms);
  });

  it('follows a change while cancelling is free, and stays over once it was over', () => {
    const booked = policyFor(terms, '2027-05-03', 'Europe/Berlin', price);
    const changed = policyFor(terms, '2027-09-03', 'Europe/Berlin', price);
    expect(policyAfterChange(booked, changed, '2027-05-01T15:59:59.999Z')).toEqual(changed);
    expect(policyAfterChange(booked, changed, '2027-05-01T16:00:00.000Z')).toEqual({ ...changed, free_until: booked.free_until });
    const never = { ...booked, free_until: null };
    expect(policyAfterChange(never, changed, '2027-01-01T00:00:00.000Z').free_until).toBeNull();
  });

  it('needs a percentage where one is meant, and nowhere else', () => {
    expect(() => requireWholeTerms(terms)).not.toThrow();
    const wrong = { ...terms, fee: { kind: 'percent' as const }, no_show_fee: { kind: 'none' as const, percent: 5 } };
    expect(() => requireWholeTerms(wrong)).toThrow(expect.objectContaining({
      code: 'validation_failed', errors: [expect.objectContaining({ field: '/cancellation/fee/percent' }), expect.objectContaining({ field: '/cancellation/no_show_fee/percent' })],
    }));
  });

  it('computes percentages exactly for every amount', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 900_000_000_000 }), fc.integer({ min: 1, max: 100 }), (amount, percent) => {
      const fee = percentOf(amount, percent);
      expect(Number.isSafeInteger(fee) && fee >= 0 && fee <= amount).toBe(true);
      expect(2n * (BigInt(fee) * 100n - BigInt(amount) * BigInt(percent)) <= 100n).toBe(true);
      expect(2n * (BigInt(amount) * BigInt(percent) - BigInt(fee) * 100n) < 100n + 1n).toBe(true);
    }));
    expect(percentOf(900_000_000_000, 100)).toBe(900_000_000_000);
    expect(percentOf(0, 100)).toBe(0);
  });
});
