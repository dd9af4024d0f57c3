/** Which stays can be had at all. */
import { Problem } from '@tartware/kit';
import { addDays, nightsBetween } from '@tartware/kit/resources';
import type { StayDates } from './restriction.ts';
import { HORIZON_DAYS, MAX_RANGE_NIGHTS, MAX_STAY_NIGHTS } from './words.ts';

/** @throws Problem 400 when the stay has no night or too many */
export function requireStay({ arrival, departure }: StayDates): void {
  const nights = nightsBetween(arrival, departure);
  if (nights < 1 || nights > MAX_STAY_NIGHTS) {
    throw new Problem({
      status: 400, code: 'stay_invalid', message: `A stay from ${arrival} to ${departure} has ${nights} nights.`, hint: `Choose a departure 1 to ${MAX_STAY_NIGHTS} days after the arrival.`,
    });
  }
}

/** @throws Problem 400 when the range `[from, to)` has no night or too many */
export function requireRange(from: string, to: string): void {
  const nights = nightsBetween(from, to);
  if (nights < 1 || nights > MAX_RANGE_NIGHTS) {
    throw new Problem({
      status: 400, code: 'range_invalid', message: `The range from ${from} to before ${to} has ${nights} nights.`,
      hint: `"to" is the day after the last night: choose one 1 to ${MAX_RANGE_NIGHTS} days after "from".`,
    });
  }
}

/** What is wrong with selling these nights now, if anything. @param nights in order, at least one */
export function outsideSale(first: string, last: string, businessDate: string): string | undefined {
  if (first < businessDate) return `The night of ${first} is over: the property is at ${businessDate}.`;
  // Of a property at the calendar's end nothing can be counted on.
  if (nightsBetween(businessDate, last) >= HORIZON_DAYS) return `The night of ${last} is not sold yet: nights are sold ${HORIZON_DAYS} days ahead, to ${addDays(businessDate, HORIZON_DAYS - 1)}.`;
  return undefined;
}
