import { describe, expect, it } from 'vitest';
import { supplement } from './price.ts';
import { NO_RESTRICTION } from './restriction.ts';
import { fits } from './room-type.ts';
import { offersOf } from './selling.ts';
import type { Selling } from './selling.ts';
import { PLAN, SUITE, TYPE, sellingInMay } from './testing.ts';

const stay = { arrival: '2027-05-03', departure: '2027-05-05', adults: 2, children: 0 };

function changed(change: (selling: Selling) => Partial<Selling>): Selling {
  const selling = sellingInMay();
  return { ...selling, ...change(selling) };
}

describe('offers', () => {
  it('say all that a booking will fix, cheapest first', () => {
    const { offers, not_offered } = offersOf(sellingInMay(), stay);
    expect(not_offered).toEqual([]);
    expect(offers.map(({ room_type_code }) => room_type_code)).toEqual(['DBL', 'STE']);
    expect(offers[0]).toEqual({
      room_type_id: TYPE, room_type_code: 'DBL', room_type_name: 'Double', rate_plan_id: PLAN, rate_plan_code: 'FLEX', rate_plan_name: 'Flexible',
      currency: 'EUR', nights: [{ date: '2027-05-03', amount_minor: 10_000 }, { date: '2027-05-04', amount_minor: 10_000 }], total_minor: 20_000,
      cancellation_policy: {
        free_until: '2027-05-02T16:00:00.000Z', free_until_days: 1, free_until_time: '18:00',
        cancellation_fee: { kind: 'first_night', amount_minor: 10_000 }, no_show_fee: { kind: 'full_stay', amount_minor: 20_000 },
      },
      available: 3, restrictions: { min_stay: null, max_stay: null, min_advance_days: null, max_advance_days: null },
    });
  });

  it.each<[string, (selling: Selling) => Partial<Selling>, object]>([
    ['a night without a rate', ({ rates }) => ({ rates: rates.map((one) => ({ ...one, amounts: { '2027-05-03': 1 } })) }), { reason: 'rate_missing', date: '2027-05-04' }],
    ['a night that is sold out', ({ types }) => ({ types: types.map((one) => ({ ...one, left: { ...one.left, '2027-05-04': 0 } })) }), { reason: 'sold_out', date: '2027-05-04' }],
    ['a night with more sold than there is', ({ types }) => ({ types: types.map((one) => ({ ...one, left: { ...one.left, '2027-05-04': -2 } })) }), { reason: 'sold_out', date: '2027-05-04' }],
    ['a restriction of the whole house', () => ({ restrictions: [{ ...NO_RESTRICTION, date: '2027-05-03', room_type_id: null, rate_plan_id: null, min_stay: 3 }] }), { reason: 'restricted', restriction: 'min_stay', limit: 3, date: '2027-05-03' }],
    ['a price beyond what money may be', ({ rates }) => ({ rates: rates.map((one) => ({ ...one, amounts: { '2027-05-03': 900_000_000_000, '2027-05-04': 1 } })) }), { reason: 'price_too_large' }],
  ])('are not made over %s', (_name, change, expected) => {
    const { offers, not_offered } = offersOf(changed(change), stay);
    expect(offers).toEqual([]);
    expect(not_offered).toEqual([{ room_type_id: TYPE, rate_plan_id: PLAN, ...expected }, { room_type_id: SUITE, rate_plan_id: PLAN, ...expected }]);
  });

  it('are made at price zero and at the largest', () => {
    const zero = changed(({ rates }) => ({ rates: rates.map((one) => ({ ...one, amounts: { '2027-05-03': 0, '2027-05-04': 0 } })) }));
    expect(offersOf(zero, stay).offers[0]).toMatchObject({ total_minor: 0, cancellation_policy: { no_show_fee: { amount_minor: 0 } } });
    const largest = changed(({ rates }) => ({ rates: rates.map((one) => ({ ...one, amounts: { '2027-05-03': 900_000_000_000, '2027-05-04': 0 } })) }));
    expect(offersOf(largest, stay).offers[0]).toMatchObject({ total_minor: 900_000_000_000, cancellation_policy: { no_show_fee: { amount_minor: 900_000_000_000 } } });
  });

  it('are restricted only by what names their type or plan', () => {
    const restrictions = [
      { ...NO_RESTRICTION, date: '2027-05-03', room_type_id: SUITE, rate_plan_id: null, closed_to_arrival: true },
      { ...NO_RESTRICTION, date: '2027-05-03', room_type_id: TYPE, rate_plan_id: PLAN, min_stay: 2 },
      { ...NO_RESTRICTION, date: '2027-05-03', room_type_id: null, rate_plan_id: SUITE, closed: true },
    ];
    const { offers, not_offered } = offersOf(changed(() => ({ restrictions })), stay);
    expect(offers).toMatchObject([{ room_type_code: 'DBL', restrictions: { min_stay: 2 } }]);
    expect(not_offered).toEqual([{ room_type_id: SUITE, rate_plan_id: PLAN, reason: 'restricted', restriction: 'closed_to_arrival', date: '2027-05-03' }]);
  });

  it('leave out types and plans that are not sold, and properties that are not known', () => {
    expect(offersOf(changed(({ types }) => ({ types: types.map((one) => ({ ...one, active: one.code === 'STE' })) })), stay).offers).toMatchObject([{ room_type_code: 'STE' }]);
    expect(offersOf(changed(({ plans }) => ({ plans: plans.map((one) => ({ ...one, active: false })) })), stay)).toEqual({ offers: [], not_offered: [] });
    expect(offersOf(changed(() => ({ property: null })), stay)).toEqual({ offers: [], not_offered: [] });
  });

  it('are not made for more guests than the room takes', () => {
    expect(offersOf(sellingInMay(), { ...stay, adults: 3 }).not_offered).toMatchObject([{ reason: 'too_small' }, { reason: 'too_small' }]);
  });
});

describe('guests in a room', () => {
  const type = { capacity_adults: 3, capacity_children: 2, base_occupancy: 2 };
  const plan = { extra_adult_minor: 2_500, extra_child_minor: 1_000 };

  it.each([[1, 0, 0], [2, 0, 0], [1, 1, 0], [1, 2, 1_000], [2, 2, 2_000], [3, 0, 2_500], [3, 2, 4_500]])('%i adults and %i children cost %i more', (adults, children, more) => {
    expect(supplement(type, plan, { adults, children })).toBe(more);
  });

  it.each([[3, 2, true], [1, 4, true], [4, 0, false], [4, 1, false], [3, 3, false], [1, 5, false]])('%i adults and %i children fit: %s', (adults, children, expected) => {
    expect(fits(type, { adults, children })).toBe(expected);
  });
});
