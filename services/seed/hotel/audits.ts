/** The night audit of every day that is over: who slept in the house, who did not come, and what the day brought. */
import { totalsOf } from '../../billing/model/night-audit.ts';
import type { InHouse, NightAudit } from '../../billing/model/night-audit.ts';
import type { Random } from '../random.ts';
import { AUDIT_HOUR } from './bookings.ts';
import type { Booked, Booking } from './bookings.ts';
import type { House } from './house.ts';
import type { Ledger } from './ledger.ts';

export interface AuditedDay {
  day: number;
  audit: NightAudit;
  inHouse: readonly InHouse[];
  noShows: readonly Booked[];
  /** Of the day's entries, by account. */
  sums: ReturnType<Ledger['sumsOf']>;
}

export function auditDays({ calendar, property, now }: House, bookings: readonly Booking[], ledger: Ledger, random: Random): AuditedDay[] {
  const guests = new Map<number, InHouse[]>();
  const noShows = new Map<number, Booked[]>();
  for (const { stay, now: reservation } of bookings) {
    if (reservation.status === 'no_show') push(noShows, stay.arrival, reservation);
    if (reservation.status !== 'in_house' && reservation.status !== 'checked_out') continue;
    for (let day = stay.arrival; day < Math.min(stay.departure, calendar.today); day += 1) {
      const amount_minor = reservation.nights[day - stay.arrival]?.amount_minor ?? 0;
      push(guests, day, { reservation_id: reservation.id, room_id: reservation.room_id, guest_id: reservation.guest_id, amount_minor, currency: reservation.currency });
    }
  }
  return Array.from({ length: calendar.today }, (_, day) => {
    const inHouse = guests.get(day) ?? [];
    const missing = noShows.get(day) ?? [];
    const posted = inHouse.filter(({ amount_minor }) => amount_minor > 0).length;
    const started = Math.min(calendar.moment(day + 1, AUDIT_HOUR), now);
    const business_date = calendar.date(day);
    const sums = ledger.sumsOf(business_date);
    return {
      day, inHouse, noShows: missing, sums,
      audit: {
        id: random.uuid(started), property_id: property.id, business_date, status: 'completed', step: 'done',
        rooms: { in_house: inHouse.length, waiting: 0, posted, free: inHouse.length - posted, refused: 0 }, no_shows: missing.length, attempts: 1, problem: null, refused: [],
        totals: totalsOf(sums, property.currency, { rooms: posted, no_shows: missing.length }),
        started_at: new Date(started).toISOString(), completed_at: new Date(Math.min(started + 240_000, now)).toISOString(),
      },
    };
  });
}

function push<Value>(map: Map<number, Value[]>, key: number, value: Value): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
