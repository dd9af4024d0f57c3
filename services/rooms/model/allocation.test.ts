import fc from 'fast-check';
import { addDays, nightsOf } from '@tartware/kit/resources';
import { describe, expect, it } from 'vitest';
import { changeFor, isSame } from './allocation.ts';
import type { Held, Wanted } from './allocation.ts';
import { NO_RESTRICTION } from './restriction.ts';
import type { Selling } from './selling.ts';
import { PLAN, SUITE, TYPE, sellingInMay, wanted } from './testing.ts';

const NOW = '2027-04-20T10:00:00.000Z';

function hold(want: Wanted): Held {
  return { ...want, held_until: want.departure, ...changeFor(sellingInMay(), want, undefined, NOW).allocation };
}

function dearer(selling: Selling): Selling {
  return { ...selling, rates: selling.rates.map((one) => ({ ...one, amounts: Object.fromEntries(Object.entries(one.amounts).map(([date, amount]) => [date, amount * 2])) })) };
}

const amounts = ({ nights }: { nights: { amount_minor: number }[] }) => nights.map(({ amount_minor }) => amount_minor);
const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  return 'nothing thrown';
};

describe('a new allocation', () => {
  it('takes every night at the server\'s price and keeps the policy', () => {
    const { take, give, allocation } = changeFor(sellingInMay(), wanted({ children: 1 }), undefined, NOW);
    expect([take, give]).toEqual([['2027-05-03', '2027-05-04', '2027-05-05'], []]);
    expect(allocation).toMatchObject({ revision: 1, currency: 'EUR', total_minor: 33_000, cancellation_policy: { free_until: '2027-05-02T16:00:00.000Z', no_show_fee: { amount_minor: 33_000 } } });
  });

  it.each<[string, Partial<Wanted>, (selling: Selling) => Partial<Selling>, string]>([
    ['an unknown type', { room_type_id: PLAN }, () => ({}), 'not_bookable'],
    ['an unknown plan', { rate_plan_id: TYPE }, () => ({}), 'not_bookable'],
    ['an unknown property', {}, () => ({ property: null }), 'not_bookable'],
    ['too many guests', { adults: 3 }, () => ({}), 'not_bookable'],
    ['a night that is over', {}, ({ property }) => ({ property: property && { ...property, business_date: '2027-05-04' } }), 'not_bookable'],
    ['a night too far ahead', {}, ({ property }) => ({ property: property && { ...property, business_date: '2024-04-30' } }), 'not_bookable'],
    ['a type not sold', {}, ({ types }) => ({ types: types.map((type) => ({ ...type, active: false })) }), 'not_bookable'],
    ['a plan not sold', {}, ({ plans }) => ({ plans: plans.map((plan) => ({ ...plan, active: false })) }), 'not_bookable'],
    ['a night without rate', {}, ({ rates }) => ({ rates: rates.map((one) => ({ ...one, amounts: { '2027-05-03': 1, '2027-05-05': 1 } })) }), 'not_bookable'],
    ['a price beyond all', {}, ({ rates }) => ({ rates: rates.map((one) => ({ ...one, amounts: { '2027-05-03': 900_000_000_000, '2027-05-04': 1, '2027-05-05': 0 } })) }), 'not_bookable'],
    ['a restriction', {}, () => ({ restrictions: [{ ...NO_RESTRICTION, date: '2027-05-04', room_type_id: null, rate_plan_id: PLAN, closed: true }] }), 'restricted'],
    ['a sold-out night', {}, ({ types }) => ({ types: types.map((type) => ({ ...type, left: { ...type.left, '2027-05-05': 0 } })) }), 'sold_out'],
  ])('is refused for %s', (_name, want, change, code) => {
    const selling = sellingInMay();
    expect(codeOf(() => changeFor({ ...selling, ...change(selling) }, wanted(want), undefined, NOW))).toBe(code);
  });

  it('may begin on the business date and end at the horizon', () => {
    const at = (business_date: string) => ({ ...sellingInMay(), property: { time_zone: 'Europe/Berlin', currency: 'EUR', business_date } });
    expect(changeFor(at('2027-05-03'), wanted(), undefined, NOW).take).toHaveLength(3);
    expect(changeFor(at(addDays('2027-05-05', -1_099)), wanted(), undefined, NOW).take).toHaveLength(3);
    expect(codeOf(() => changeFor(at(addDays('2027-05-05', -1_100)), wanted(), undefined, NOW))).toBe('not_bookable');
  });
});

describe('a change', () => {
  it('keeps the price of nights that stay and prices new ones as of today', () => {
    const held = hold(wanted());
    const { take, give, allocation } = changeFor(dearer(sellingInMay()), wanted({ revision: 2, arrival: '2027-05-04', departure: '2027-05-08' }), held, NOW);
    expect([take, give]).toEqual([['2027-05-06', '2027-05-07'], ['2027-05-03']]);
    expect(amounts(allocation)).toEqual([10_000, 10_000, 20_000, 20_000]);
  });

  it('of the guests moves kept nights by the supplement only', () => {
    const held = hold(wanted());
    const more = changeFor(dearer(sellingInMay()), wanted({ revision: 2, children: 1 }), held, NOW);
    expect([more.take, more.give, amounts(more.allocation)]).toEqual([[], [], [11_000, 11_000, 11_000]]);
    expect(amounts(changeFor(dearer(sellingInMay()), wanted({ revision: 3 }), { ...held, ...more.allocation, children: 1 }, NOW).allocation)).toEqual([10_000, 10_000, 10_000]);
  });

  it('of the type takes and gives all, and keeps the price only where told', () => {
    const held = hold(wanted());
    const upgrade = changeFor(sellingInMay(), wanted({ revision: 2, room_type_id: SUITE, keep_price_for: ['2027-05-03', '2027-05-31'] }), held, NOW);
    expect([upgrade.take, upgrade.give]).toEqual([['2027-05-03', '2027-05-04', '2027-05-05'], ['2027-05-03', '2027-05-04', '2027-05-05']]);
    expect(amounts(upgrade.allocation)).toEqual([10_000, 30_000, 30_000]);
  });

  it('keeps what is no longer sold, and takes none of it', () => {
    const held = hold(wanted());
    const gone = { ...sellingInMay(), types: sellingInMay().types.map((type) => ({ ...type, active: false, left: {} })), plans: sellingInMay().plans.map((plan) => ({ ...plan, active: false })), rates: [] };
    expect(changeFor(gone, wanted({ revision: 2, departure: '2027-05-05' }), held, NOW)).toMatchObject({ take: [], give: ['2027-05-05'], allocation: { total_minor: 20_000 } });
    expect(codeOf(() => changeFor(gone, wanted({ revision: 2, departure: '2027-05-07' }), held, NOW))).toBe('not_bookable');
  });

  it('of a stay that has begun asks nothing of nights that are over', () => {
    const held = hold(wanted());
    const today = { ...sellingInMay(), property: { time_zone: 'Europe/Berlin', currency: 'EUR', business_date: '2027-05-05' }, restrictions: [{ ...NO_RESTRICTION, date: '2027-05-03', room_type_id: null, rate_plan_id: null, closed: true, closed_to_arrival: true, min_advance_days: 9 }] };
    expect(changeFor(today, wanted({ revision: 2, departure: '2027-05-07' }), held, NOW)).toMatchObject({ take: ['2027-05-06'], give: [] });
  });

  it('keeps the terms that were booked under the same plan, and takes today\'s under another or when nothing is held', () => {
    const held = hold(wanted());
    const stricter = { ...sellingInMay(), plans: sellingInMay().plans.map((plan) => ({ ...plan, cancellation: { ...plan.cancellation, free_until_days: null } })) };
    const change = wanted({ revision: 2, arrival: '2027-05-04' });
    expect(changeFor(stricter, change, held, NOW).allocation.cancellation_policy.free_until).toBe('2027-05-03T16:00:00.000Z');
    expect(changeFor(stricter, change, { ...held, rate_plan_id: SUITE }, NOW).allocation.cancellation_policy.free_until).toBeNull();
    expect(changeFor(stricter, change, { ...held, held_until: held.arrival }, NOW).allocation.cancellation_policy.free_until).toBeNull();
    expect(changeFor(stricter, change, held, '2027-05-02T16:00:00.000Z').allocation.cancellation_policy.free_until).toBe('2027-05-02T16:00:00.000Z');
  });

  it('knows when the same is asked for', () => {
    const held = hold(wanted());
    expect(isSame(held, wanted())).toBe(true);
    for (const other of [{ adults: 1 }, { departure: '2027-05-07' }, { room_type_id: SUITE }]) expect(isSame(held, wanted(other))).toBe(false);
  });

  it('takes what it lacks and gives what it no longer wants, whatever comes after what', () => {
    const day = fc.integer({ min: 0, max: 24 });
    const step = fc.record({ first: day, length: fc.integer({ min: 1, max: 6 }), suite: fc.boolean(), released: fc.integer({ min: 0, max: 9 }) });
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      let held: Held | undefined;
      const taken = new Set<string>();
      steps.forEach(({ first, length, suite, released }, index) => {
        const arrival = addDays('2027-05-01', first);
        const want = wanted({ revision: index + 1, arrival, departure: addDays(arrival, length), room_type_id: suite ? SUITE : TYPE });
        const { take, give, allocation } = changeFor(sellingInMay(), want, held, NOW);
        for (const date of give) expect(taken.delete(`${held?.room_type_id} ${date}`)).toBe(true);
        for (const date of take) {
          expect(taken.has(`${want.room_type_id} ${date}`)).toBe(false);
          taken.add(`${want.room_type_id} ${date}`);
        }
        expect([...taken].sort()).toEqual(nightsOf(arrival, want.departure).map((date) => `${want.room_type_id} ${date}`));
        expect(allocation.total_minor).toBe(length * (suite ? 30_000 : 10_000));
        // Now and then the last nights are given back without a revision, as when a guest leaves early.
        const kept = Math.max(0, length - released);
        held = { ...want, held_until: addDays(arrival, released > 6 ? length : kept), ...allocation };
        for (const date of nightsOf(held.held_until, held.departure)) taken.delete(`${want.room_type_id} ${date}`);
      });
    }));
  });
});
