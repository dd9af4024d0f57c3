/** What became of each stay: the versions of its reservation, each with the event that announced it. */
import { policyAfterChange, policyFor, termsOf } from '../../rooms/model/cancellation.ts';
import type { CancellationPolicy } from '../../rooms/model/cancellation.ts';
import { supplement, totalOf } from '../../rooms/model/price.ts';
import { violation } from '../../rooms/model/restriction.ts';
import { cancellationFee, noShowFee } from '../../reservations/model/cancellation.ts';
import { EVENTS } from '../../reservations/model/reservation.ts';
import type { Night, Reservation, ReservationEvent } from '../../reservations/model/reservation.ts';
import type { Random } from '../random.ts';
import type { House } from './house.ts';
import type { RateTable } from './rates.ts';
import type { Stay } from './stays.ts';

/** Price and policy are there from the first version on. */
export type Booked = Reservation & { currency: string; nights: Night[]; total_minor: number; cancellation_policy: CancellationPolicy };

export interface BookingVersion {
  event: ReservationEvent;
  state: Booked;
  /** The property's business date then, as a day of the calendar. */
  day: number;
  /** Milliseconds since 1970. */
  at: number;
}

export interface Booking {
  stay: Stay;
  /** In order: version 1 first. */
  versions: readonly BookingVersion[];
  /** As it is now. */
  now: Booked;
}

const MINUTE = 60_000;
const CHANGED = 0.09;
const LEFT_TODAY = 0.6;
const ARRIVED_TODAY = 0.6;
const ASSIGNED_AHEAD_DAYS = 2;
const ASSIGNED_AHEAD = 0.6;
/** From when on guests come and go. */
const CHECK_IN_HOUR = 14;
const CHECK_OUT_HOUR = 7;
/** When the night audit closes the day, on the next day. */
export const AUDIT_HOUR = 3;

export function makeBookings(house: House, rates: RateTable, stays: readonly Stay[], random: Random): Booking[] {
  const { calendar } = house;
  const life = new Lives(house, rates, random);
  // Who leaves today goes first: a room is given to the next guest when it is free.
  const leaving = (stay: Stay): number => (stay.departure === calendar.today && stay.arrival < calendar.today ? 0 : 1);
  return [...stays].sort((one, other) => leaving(one) - leaving(other)).map((stay) => life.of(stay)).sort((one, other) => one.stay.bookedAt - other.stay.bookedAt);
}

class Lives {
  readonly #house: House;
  readonly #rates: RateTable;
  readonly #random: Random;
  /** Rooms of guests who should have left today and have not. */
  readonly #stillOccupied = new Set<string>();

  constructor(house: House, rates: RateTable, random: Random) {
    this.#house = house;
    this.#rates = rates;
    this.#random = random;
  }

  of(stay: Stay): Booking {
    const versions = this.#confirmed(stay);
    if (stay.ending === 'cancelled') this.#cancel(versions, stay);
    else if (stay.ending === 'no_show') this.#noShow(versions, stay);
    else this.#live(versions, stay);
    const last = versions.at(-1);
    if (!last) throw new Error('A booking without a version.');
    return { stay, versions, now: last.state };
  }

  /** Some stays were a night shorter at first. */
  #confirmed(stay: Stay): BookingVersion[] {
    const shorter = stay.departure - 1;
    const changes = stay.ending === 'kept' && stay.booked < stay.arrival && shorter > stay.arrival && this.#random.chance(CHANGED) && this.#takes(stay, shorter);
    const first: BookingVersion = { event: EVENTS.confirmed, state: this.#booked(stay, changes ? shorter : stay.departure), day: stay.booked, at: stay.bookedAt };
    if (!changes) return [first];
    const day = this.#random.whole(stay.booked, Math.min(stay.arrival - 1, this.#house.calendar.today));
    const versions = [first];
    const whole = this.#booked(stay, stay.departure);
    this.#add(versions, EVENTS.changed, day, 10 + this.#random.unit() * 8, ({ cancellation_policy }, at) => {
      const { nights, total_minor, departure } = whole;
      const policy = policyFor(termsOf(cancellation_policy), whole.arrival, this.#house.place.timeZone, { nights, total_minor });
      return { departure, nights, total_minor, revision: 2, cancellation_policy: policyAfterChange(cancellation_policy, policy, at) };
    });
    return versions;
  }

  #takes({ arrival, booked, plan }: Stay, departure: number): boolean {
    const { calendar } = this.#house;
    const dates = { arrival: calendar.date(arrival), departure: calendar.date(departure) };
    return violation(dates, { nights: new Set(), arrival: true, departure: true }, this.#rates.restrictionsOf(plan), calendar.date(booked)) === undefined;
  }

  #booked(stay: Stay, departure: number): Booked {
    const { property, calendar, place } = this.#house;
    const { type, plan, guest, arrival, bookedAt, adults, children, source } = stay;
    const extra = supplement(type, plan, stay);
    const nights = Array.from({ length: departure - arrival }, (_, night) => ({ date: calendar.date(arrival + night), amount_minor: this.#rates.amount(type, plan, arrival + night) + extra }));
    const total_minor = totalOf(nights);
    const moment = new Date(bookedAt).toISOString();
    return {
      id: this.#random.uuid(bookedAt), version: 1, revision: 1, property_id: property.id, guest_id: guest.id, group_id: null, status: 'confirmed', room_type_id: type.id, rate_plan_id: plan.id,
      room_id: null, arrival: calendar.date(arrival), departure: calendar.date(departure), adults, children, currency: property.currency, nights, total_minor,
      cancellation_policy: policyFor(plan.cancellation, calendar.date(arrival), place.timeZone, { nights, total_minor }), cancellation_fee_minor: null, source, created_at: moment, updated_at: moment,
    };
  }

  #cancel(versions: BookingVersion[], { booked, arrival }: Stay): void {
    const day = this.#random.whole(booked, Math.min(arrival, this.#house.calendar.today));
    this.#add(versions, EVENTS.cancelled, day, 7 + this.#random.unit() * 11, ({ cancellation_policy }, at) => ({ status: 'cancelled', cancellation_fee_minor: cancellationFee(cancellation_policy, new Date(at)) }));
  }

  /** The audit of the night does it, while the books are still at that day. */
  #noShow(versions: BookingVersion[], { arrival }: Stay): void {
    this.#add(versions, EVENTS.noShow, arrival, 24 + AUDIT_HOUR, ({ cancellation_policy }) => ({ status: 'no_show', cancellation_fee_minor: noShowFee(cancellation_policy) }));
  }

  #live(versions: BookingVersion[], { arrival, departure, roomId }: Stay): void {
    const { today } = this.#house.calendar;
    if (roomId === undefined) return;
    if (arrival > today) {
      if (arrival <= today + ASSIGNED_AHEAD_DAYS && this.#random.chance(ASSIGNED_AHEAD)) this.#add(versions, EVENTS.roomAssigned, today, 8, () => ({ room_id: roomId }));
      return;
    }
    this.#add(versions, EVENTS.roomAssigned, arrival, 9 + this.#random.unit() * 4, () => ({ room_id: roomId }));
    if (!this.#hasComeBy(arrival, roomId)) return;
    this.#add(versions, EVENTS.checkedIn, arrival, CHECK_IN_HOUR + this.#random.unit() * 8, () => ({ status: 'in_house' }));
    if (this.#hasLeftBy(departure)) {
      this.#add(versions, EVENTS.checkedOut, departure, CHECK_OUT_HOUR + this.#random.unit() * 4, () => ({ status: 'checked_out' }));
    } else if (departure === today) {
      this.#stillOccupied.add(roomId);
    }
  }

  #hasComeBy(arrival: number, roomId: string): boolean {
    return arrival < this.#house.calendar.today || (this.#isPast(CHECK_IN_HOUR) && !this.#stillOccupied.has(roomId) && this.#random.chance(ARRIVED_TODAY));
  }

  #hasLeftBy(departure: number): boolean {
    const { today } = this.#house.calendar;
    return departure < today || (departure === today && this.#isPast(CHECK_OUT_HOUR) && this.#random.chance(LEFT_TODAY));
  }

  #isPast(hour: number): boolean {
    const { calendar, now } = this.#house;
    return now > calendar.moment(calendar.today, hour);
  }

  /** The next version: after the one before, and not in the future, whatever hour was meant. */
  #add(versions: BookingVersion[], event: ReservationEvent, day: number, hour: number, change: (state: Booked, at: string) => Partial<Booked>): void {
    const last = versions.at(-1);
    if (!last) throw new Error('A booking begins with its confirmation.');
    const at = Math.min(Math.max(this.#house.calendar.moment(day, hour), last.at + MINUTE / 4), this.#house.now);
    const moment = new Date(at).toISOString();
    versions.push({ event, day, at, state: { ...last.state, ...change(last.state, moment), version: last.state.version + 1, updated_at: moment } });
  }
}
