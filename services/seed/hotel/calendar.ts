/** The days that a seeded hotel knows, numbered: day 0 is its first one. */
import { addDays, nightsBetween } from '@tartware/kit/resources';

/** How long it has been open, and how far ahead it has rates. */
export const DAYS_OPEN = 60;
export const DAYS_AHEAD = 365;

export class Calendar {
  readonly first: string;
  /** Number of the business date. */
  readonly today = DAYS_OPEN;
  /** How many days there are. */
  readonly days = DAYS_OPEN + DAYS_AHEAD;
  readonly #dates: readonly string[];
  readonly #start: number;
  readonly #offset: number;

  /** @param businessDate of the property @param timeZone IANA name @param now what is later than this has not happened */
  constructor(businessDate: string, timeZone: string, now: Date) {
    this.first = addDays(businessDate, -DAYS_OPEN);
    // The day after the last one too: a stay may end then.
    this.#dates = Array.from({ length: this.days + 1 }, (_, day) => addDays(this.first, day));
    this.#start = Date.parse(`${this.first}T00:00:00Z`);
    this.#offset = offsetAt(now, timeZone);
  }

  /** @throws RangeError for a day that it does not know */
  date(day: number): string {
    const date = this.#dates[day];
    if (date === undefined) throw new RangeError(`Day ${day} is not in the calendar.`);
    return date;
  }

  day(date: string): number {
    return nightsBetween(this.first, date);
  }

  /** 0 Sunday to 6 Saturday. */
  weekday(day: number): number {
    return new Date(this.#start + day * 86_400_000).getUTCDay();
  }

  dayOfYear(day: number): number {
    const date = new Date(this.#start + day * 86_400_000);
    return (date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000;
  }

  /** Milliseconds since 1970, by the clock that the property has today. @param hour of the day, may have a fraction */
  moment(day: number, hour: number): number {
    return Math.floor(this.#start + (day * 24 + hour) * 3_600_000 - this.#offset);
  }
}

/** Milliseconds that the zone's clock is ahead of UTC. */
function offsetAt(now: Date, timeZone: string): number {
  const clock = new Date(`${now.toLocaleString('sv-SE', { timeZone }).replace(' ', 'T')}Z`);
  return Math.round((clock.getTime() - now.getTime()) / 60_000) * 60_000;
}

/** The property's date at `now`. */
export function dateAt(now: Date, timeZone: string): string {
  return now.toLocaleDateString('sv-SE', { timeZone });
}
