/** When a night must not be sold although a room is free. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { Id, LocalDate, nightsBetween, nullable } from '@tartware/kit/resources';
import { HORIZON_DAYS, MAX_STAY_NIGHTS } from './words.ts';

const OrNull = (minimum: number, maximum: number, description: string) => nullable(Type.Integer({ minimum, maximum, description }));

export const RestrictionValues = Type.Object({
  closed: Type.Boolean({ description: 'the night is not sold' }),
  closed_to_arrival: Type.Boolean({ description: 'no stay begins on this date' }),
  closed_to_departure: Type.Boolean({ description: 'no stay ends on this date' }),
  min_stay: OrNull(1, MAX_STAY_NIGHTS, 'nights that a stay beginning on this date has at least'),
  max_stay: OrNull(1, MAX_STAY_NIGHTS, 'nights that a stay beginning on this date has at most'),
  min_advance_days: OrNull(0, HORIZON_DAYS, 'days before arrival on which it must be booked at the latest'),
  max_advance_days: OrNull(0, HORIZON_DAYS, 'days before arrival on which it can be booked at the earliest'),
});
export type RestrictionValues = Static<typeof RestrictionValues>;

/** Of one night; null for the type or the plan means all of them. */
export const Restriction = Type.Object({
  date: LocalDate,
  room_type_id: nullable(Id),
  rate_plan_id: nullable(Id),
  ...RestrictionValues.properties,
});
export type Restriction = Static<typeof Restriction>;

export const NO_RESTRICTION: RestrictionValues = {
  closed: false, closed_to_arrival: false, closed_to_departure: false, min_stay: null, max_stay: null, min_advance_days: null, max_advance_days: null,
};

/** Of several that hold for one night the strictest counts. */
export function strictest(rows: readonly RestrictionValues[]): RestrictionValues {
  return rows.reduce((all, row) => ({
    closed: all.closed || row.closed,
    closed_to_arrival: all.closed_to_arrival || row.closed_to_arrival,
    closed_to_departure: all.closed_to_departure || row.closed_to_departure,
    min_stay: pick(Math.max, all.min_stay, row.min_stay),
    max_stay: pick(Math.min, all.max_stay, row.max_stay),
    min_advance_days: pick(Math.max, all.min_advance_days, row.min_advance_days),
    max_advance_days: pick(Math.min, all.max_advance_days, row.max_advance_days),
  }), NO_RESTRICTION);
}

function pick(choose: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null || b === null ? a ?? b : choose(a, b);
}

export interface StayDates {
  arrival: string;
  departure: string;
}

/** What of a stay is new and so subject to restrictions: all of it for a booking, only what a change adds for a change. */
export interface NewParts {
  /** Nights that were not held before. */
  nights: ReadonlySet<string>;
  arrival: boolean;
  departure: boolean;
}

export interface Violation {
  restriction: keyof RestrictionValues;
  date: string;
  /** Of min_stay and the like. */
  limit?: number;
}

/**
 * @param on what holds for a date, by type and plan of the stay
 * @param businessDate the day that the property's books are at: advance is counted from it
 * @returns the first restriction that the stay breaks
 */
export function violation(stay: StayDates, parts: NewParts, on: (date: string) => RestrictionValues, businessDate: string): Violation | undefined {
  const { arrival, departure } = stay;
  const closed = [...parts.nights].sort().find((night) => on(night).closed);
  if (closed !== undefined) return { restriction: 'closed', date: closed };
  if (parts.arrival && on(arrival).closed_to_arrival) return { restriction: 'closed_to_arrival', date: arrival };
  if (parts.departure && on(departure).closed_to_departure) return { restriction: 'closed_to_departure', date: departure };
  if (!parts.arrival && !parts.departure) return undefined;
  const nights = nightsBetween(arrival, departure);
  const advance = nightsBetween(businessDate, arrival);
  const { min_stay, max_stay, min_advance_days, max_advance_days } = on(arrival);
  const limits: [keyof RestrictionValues, number | null, (limit: number) => boolean][] = [
    ['min_stay', min_stay, (limit) => nights < limit],
    ['max_stay', max_stay, (limit) => nights > limit],
    ['min_advance_days', min_advance_days, (limit) => parts.arrival && advance < limit],
    ['max_advance_days', max_advance_days, (limit) => parts.arrival && advance > limit],
  ];
  for (const [restriction, limit, broken] of limits) {
    if (limit !== null && broken(limit)) return { restriction, date: arrival, limit };
  }
  return undefined;
}

/** What is left out is not restricted. */
export function wholeRestriction(given: Partial<RestrictionValues>): RestrictionValues {
  const { closed, closed_to_arrival, closed_to_departure, min_stay, max_stay, min_advance_days, max_advance_days } = { ...NO_RESTRICTION, ...given };
  return { closed, closed_to_arrival, closed_to_departure, min_stay, max_stay, min_advance_days, max_advance_days };
}

export function isUnrestricted(values: RestrictionValues): boolean {
  return Object.values(values).every((value) => value === false || value === null);
}

/** @throws Problem 400 when a minimum is above its maximum */
export function requireOrderedLimits({ min_stay, max_stay, min_advance_days, max_advance_days }: RestrictionValues): void {
  const pairs: [string, number | null, number | null][] = [['stay', min_stay, max_stay], ['advance_days', min_advance_days, max_advance_days]];
  const errors = pairs.filter(([, min, max]) => min !== null && max !== null && min > max)
    .map(([name]) => ({ in: 'body', field: `/min_${name}`, message: `is more than max_${name}` }));
  if (errors.length > 0) throw new Problem({ status: 400, code: 'validation_failed', message: 'No stay could ever be that.', hint: 'Correct the fields named in "errors".', errors });
}
