/** A time on a property's clock as a moment. */

const MINUTE_MS = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * A time that the clock skips in spring is taken as if the clock had not yet moved (02:30 is 03:30); one that it shows twice in autumn is the
 * later: a deadline never ends sooner than the guest can read it.
 * @param date YYYY-MM-DD
 * @param time HH:MM
 * @param timeZone IANA name
 * @returns RFC 3339, UTC
 */
export function instantOf(date: string, time: string, timeZone: string): string {
  const asUtc = Date.parse(`${date}T${time}:00Z`);
  // The offsets of the day before and after: between them lies every change of the clock that could matter.
  const offsets = [asUtc - 86_400_000, asUtc + 86_400_000].map((near) => offsetAt(near, timeZone));
  const fitting = offsets.map((offset) => asUtc - offset).filter((moment) => moment + offsetAt(moment, timeZone) === asUtc);
  const before = asUtc - (offsets[0] ?? 0);
  return new Date(fitting.length > 0 ? Math.max(...fitting) : before).toISOString();
}

/** Milliseconds that the zone's clock is ahead of UTC. */
function offsetAt(moment: number, timeZone: string): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(moment)) parts[type] = value;
  const clock = Date.parse(`${parts['year']?.padStart(4, '0')}-${parts['month']}-${parts['day']}T${parts['hour']}:${parts['minute']}:${parts['second']}Z`);
  return Math.round((clock - moment) / MINUTE_MS) * MINUTE_MS;
}

/** Making one takes a tenth of a millisecond and more; a hotel group has few zones. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory', {
      timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format;
}
