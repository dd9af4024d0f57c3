/** Nights of a property: dates of the proleptic Gregorian calendar without time or zone, as `YYYY-MM-DD`, which sort as texts. */

const FORM = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;

/** Whether it is a day of the calendar, from 0001-01-01 to 9999-12-31: no thirtieth of February. */
export function isLocalDate(text: string): boolean {
  if (!FORM.test(text) || text.startsWith('0000')) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && format(time) === text;
}

/** @throws RangeError when `date` is none, or the result is beyond year 9999 or before year 1 */
export function addDays(date: string, days: number): string {
  const result = format(dayOf(date) + days * DAY_MS);
  if (!isLocalDate(result)) throw new RangeError(`${date} and ${days} days is no date that can be written.`);
  return result;
}

/** @returns how many nights a stay `[arrival, departure)` has; 0 or less when it ends before it begins. @throws RangeError when one is no date */
export function nightsBetween(arrival: string, departure: string): number {
  return (dayOf(departure) - dayOf(arrival)) / DAY_MS;
}

/** @returns every night of a stay `[arrival, departure)`, in order. @throws RangeError when one is no date */
export function nightsOf(arrival: string, departure: string): string[] {
  const first = dayOf(arrival);
  return Array.from({ length: Math.max(0, nightsBetween(arrival, departure)) }, (_, night) => format(first + night * DAY_MS));
}

/** Milliseconds since 1970 of the day's start in UTC, where every day has 24 hours. */
function dayOf(date: string): number {
  if (!isLocalDate(date)) throw new RangeError(`${JSON.stringify(date)} is no date.`);
  return Date.parse(`${date}T00:00:00Z`);
}

function format(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10);
}
