import { describe, expect, it } from 'vitest';
import { NO_RESTRICTION, strictest, violation } from './restriction.ts';
import type { RestrictionValues } from './restriction.ts';

const stay = { arrival: '2028-02-28', departure: '2028-03-02' };
const nights = new Set(['2028-02-28', '2028-02-29', '2028-03-01']);
const all = { nights, arrival: true, departure: true };
const TODAY = '2028-02-20';

const on = (rows: Record<string, Partial<RestrictionValues>>) => (date: string): RestrictionValues => ({ ...NO_RESTRICTION, ...rows[date] });

describe('restrictions', () => {
  it.each<[string, Record<string, Partial<RestrictionValues>>, object | undefined]>([
    ['none', {}, undefined],
    ['a closed night in the middle', { '2028-02-29': { closed: true } }, { restriction: 'closed', date: '2028-02-29' }],
    ['a closed day of departure is no night', { '2028-03-02': { closed: true } }, undefined],
    ['closed to arrival on the arrival', { '2028-02-28': { closed_to_arrival: true } }, { restriction: 'closed_to_arrival', date: '2028-02-28' }],
    ['closed to arrival in the middle', { '2028-02-29': { closed_to_arrival: true } }, undefined],
    ['closed to departure on the departure', { '2028-03-02': { closed_to_departure: true } }, { restriction: 'closed_to_departure', date: '2028-03-02' }],
    ['closed to departure on the last night', { '2028-03-01': { closed_to_departure: true } }, undefined],
    ['a minimum that is kept', { '2028-02-28': { min_stay: 3 } }, undefined],
    ['a minimum that is not', { '2028-02-28': { min_stay: 4 } }, { restriction: 'min_stay', date: '2028-02-28', limit: 4 }],
    ['a maximum that is kept', { '2028-02-28': { max_stay: 3 } }, undefined],
    ['a maximum that is not', { '2028-02-28': { max_stay: 2 } }, { restriction: 'max_stay', date: '2028-02-28', limit: 2 }],
    ['a minimum of another night', { '2028-02-29': { min_stay: 9 } }, undefined],
    ['early enough', { '2028-02-28': { min_advance_days: 8 } }, undefined],
    ['too late', { '2028-02-28': { min_advance_days: 9 } }, { restriction: 'min_advance_days', date: '2028-02-28', limit: 9 }],
    ['not too early', { '2028-02-28': { max_advance_days: 8 } }, undefined],
    ['too early', { '2028-02-28': { max_advance_days: 7 } }, { restriction: 'max_advance_days', date: '2028-02-28', limit: 7 }],
  ])('%s', (_name, rows, expected) => {
    expect(violation(stay, all, on(rows), TODAY)).toEqual(expected);
  });

  it('bind only what a change makes new', () => {
    const rows = on({ '2028-02-28': { closed: true, closed_to_arrival: true, min_advance_days: 100 }, '2028-03-02': { closed_to_departure: true } });
    const longer = { nights: new Set(['2028-03-01']), arrival: false, departure: true };
    expect(violation(stay, longer, rows, TODAY)).toEqual({ restriction: 'closed_to_departure', date: '2028-03-02' });
    expect(violation(stay, { ...longer, departure: false }, rows, TODAY)).toBeUndefined();
    const short = on({ '2028-02-28': { min_stay: 4, max_advance_days: 1 } });
    expect(violation(stay, longer, short, TODAY)).toEqual({ restriction: 'min_stay', date: '2028-02-28', limit: 4 });
    expect(violation(stay, { ...longer, departure: false }, short, TODAY)).toBeUndefined();
  });

  it('add up to the strictest', () => {
    expect(strictest([])).toEqual(NO_RESTRICTION);
    const one = { ...NO_RESTRICTION, closed: true, min_stay: 2, max_stay: 9, min_advance_days: null, max_advance_days: 30 };
    const other = { ...NO_RESTRICTION, closed_to_departure: true, min_stay: 3, max_stay: 7, min_advance_days: 1, max_advance_days: null };
    const both = { closed: true, closed_to_arrival: false, closed_to_departure: true, min_stay: 3, max_stay: 7, min_advance_days: 1, max_advance_days: 30 };
    expect(strictest([one, other])).toEqual(both);
    expect(strictest([other, one])).toEqual(both);
  });
});
