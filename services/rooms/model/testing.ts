/** A property as the pure rules see it, for their tests. */
import { nightsOf } from '@tartware/kit/resources';
import type { Wanted } from './allocation.ts';
import type { Selling } from './selling.ts';

export const TYPE = '0199aaaa-0000-7000-8000-000000000101';
export const SUITE = '0199aaaa-0000-7000-8000-000000000102';
export const PLAN = '0199aaaa-0000-7000-8000-000000000201';
export const PROPERTY = '0199aaaa-0000-7000-8000-0000000000f1';

/** Two types and a plan: doubles at 10 000 a night of which three are left, suites at 30 000 of which one is; nights of May 2027. */
export function sellingInMay(): Selling {
  const may = nightsOf('2027-05-01', '2027-06-01');
  const each = (value: number) => Object.fromEntries(may.map((date) => [date, value]));
  const capacity = { capacity_adults: 2, capacity_children: 1, base_occupancy: 2, active: true };
  return {
    property: { time_zone: 'Europe/Berlin', currency: 'EUR', business_date: '2027-04-20' },
    types: [{ id: TYPE, code: 'DBL', name: 'Double', ...capacity, left: each(3) }, { id: SUITE, code: 'STE', name: 'Suite', ...capacity, left: each(1) }],
    plans: [{
      id: PLAN, code: 'FLEX', name: 'Flexible', active: true, extra_adult_minor: 2_500, extra_child_minor: 1_000,
      cancellation: { free_until_days: 1, free_until_time: '18:00', fee: { kind: 'first_night' }, no_show_fee: { kind: 'full_stay' } },
    }],
    rates: [{ room_type_id: TYPE, rate_plan_id: PLAN, amounts: each(10_000) }, { room_type_id: SUITE, rate_plan_id: PLAN, amounts: each(30_000) }],
    restrictions: [],
  };
}

export function wanted(change: Partial<Wanted> = {}): Wanted {
  return { revision: 1, property_id: PROPERTY, room_type_id: TYPE, rate_plan_id: PLAN, arrival: '2027-05-03', departure: '2027-05-06', adults: 2, children: 0, ...change };
}
