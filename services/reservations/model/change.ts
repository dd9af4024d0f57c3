/** Which changes a reservation allows: all while it is confirmed, only nights to come while the guest is in house. */
import { Problem } from '@tartware/kit';
import type { FieldError } from '@tartware/kit';
import { nightsBetween } from '@tartware/kit/resources';
import { MAX_NIGHTS } from './reservation.ts';
import type { Reservation, ReservationChange } from './reservation.ts';

/** What rooms must know of a stay. */
export interface Wishes {
  guest_id: string;
  room_type_id: string;
  rate_plan_id: string;
  arrival: string;
  departure: string;
  adults: number;
  children: number;
}

const WISHES = ['guest_id', 'room_type_id', 'rate_plan_id', 'arrival', 'departure', 'adults', 'children'] as const;
/** Decided when the guest came: another room type is another stay, and nights slept are slept. */
const FIXED_IN_HOUSE = ['guest_id', 'room_type_id', 'rate_plan_id', 'arrival'] as const;
/** Rooms neither sells nor prices these. */
const ONLY_OURS: ReadonlySet<keyof Wishes> = new Set(['guest_id']);

export interface PlannedChange {
  wishes: Wishes;
  /** Fields that are another than before; with none there is nothing to do. */
  fields: (keyof Wishes)[];
  /** Rooms must be asked. */
  reallocates: boolean;
  /** The assigned room is of another type than the one wished for. */
  losesRoom: boolean;
}

/**
 * @param reservation confirmed or in house
 * @param businessDate of its property
 * @throws Problem 409 `change_not_allowed`, 422 `stay_invalid`, both naming the fields
 */
export function planChange(reservation: Pick<Reservation, 'status' | 'room_id' | keyof Wishes>, change: ReservationChange, businessDate: string): PlannedChange {
  const wishes: Wishes = Object.assign(pickWishes(reservation), change);
  const fields = WISHES.filter((field) => wishes[field] !== reservation[field]);
  if (reservation.status === 'in_house') {
    checkInHouse(fields);
  }
  checkStay(wishes, fields.includes('arrival') ? businessDate : undefined);
  if (fields.includes('departure') && wishes.departure < businessDate) {
    throw stayInvalid('departure', `is before the business date ${businessDate}`);
  }
  return {
    wishes,
    fields,
    reallocates: fields.some((field) => !ONLY_OURS.has(field)),
    losesRoom: reservation.room_id !== null && fields.includes('room_type_id'),
  };
}

/** @param businessDate arrivals before it are refused; undefined when the arrival is not in question. @throws Problem 422 `stay_invalid` */
export function checkStay({ arrival, departure }: Pick<Wishes, 'arrival' | 'departure'>, businessDate: string | undefined): void {
  const nights = nightsBetween(arrival, departure);
  if (nights < 1) {
    throw stayInvalid('departure', 'is not after the arrival');
  }
  if (nights > MAX_NIGHTS) {
    throw stayInvalid('departure', `is more than ${MAX_NIGHTS} nights after the arrival`);
  }
  if (businessDate !== undefined && arrival < businessDate) {
    throw stayInvalid('arrival', `is before the business date ${businessDate}`);
  }
}

function checkInHouse(fields: readonly (keyof Wishes)[]): void {
  const errors: FieldError[] = FIXED_IN_HOUSE.filter((field) => fields.includes(field))
    .map((field) => ({ in: 'body', field: `/${field}`, message: 'is fixed while the guest is in house' }));
  if (errors.length > 0) {
    throw new Problem({
      status: 409, code: 'change_not_allowed', message: 'While the guest is in house only nights to come may change.',
      hint: 'Change departure, adults or children; for another room type check out and reserve anew.', errors,
    });
  }
}

function stayInvalid(field: keyof Wishes, message: string): Problem {
  return new Problem({
    status: 422, code: 'stay_invalid', message: `The ${field} ${message}.`, hint: 'Correct the dates.', errors: [{ in: 'body', field: `/${field}`, message }],
  });
}

function pickWishes({ guest_id, room_type_id, rate_plan_id, arrival, departure, adults, children }: Wishes): Wishes {
  return { guest_id, room_type_id, rate_plan_id, arrival, departure, adults, children };
}
