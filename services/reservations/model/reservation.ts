/** What a reservation is, outside and inside. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { AmountMinor, Currency, Id, LocalDate, Moment, Version, choice, nullable } from '@tartware/kit/resources';
import { CancellationPolicy } from './cancellation.ts';

/** As rooms sells them. */
export const MAX_NIGHTS = 365;

export const STATUSES = ['requested', 'rejected', 'confirmed', 'in_house', 'checked_out', 'cancelled', 'no_show'] as const;
export type Status = (typeof STATUSES)[number];
export const Status = choice(STATUSES, { examples: ['confirmed'] });

export const SOURCES = ['direct', 'phone', 'walk_in', 'website', 'agency', 'channel', 'group', 'waitlist'] as const;

const Party = {
  adults: Type.Integer({ minimum: 1, maximum: 50, description: '1 to 50', examples: [2] }),
  children: Type.Integer({ minimum: 0, maximum: 50, description: '0 to 50', examples: [0] }),
};

/** What is asked for, and what a change may change. */
export const wishes = {
  guest_id: Id,
  room_type_id: Id,
  rate_plan_id: Id,
  arrival: LocalDate,
  departure: { ...LocalDate, description: 'the day of leaving, after arrival; YYYY-MM-DD', examples: ['2027-05-03'] } as typeof LocalDate,
  ...Party,
};

export const NewReservation = Type.Object({
  property_id: Id,
  ...wishes,
  children: Type.Optional(Type.Integer({ ...Party.children, description: '0 to 50; 0 unless told' })),
  source: Type.Optional(choice(SOURCES, { description: `one of ${SOURCES.join(', ')}; direct unless told`, examples: ['phone'] })),
  waitlist_entry_id: Type.Optional({ ...Id, description: 'the waitlist entry that this takes up' } as typeof Id),
}, { additionalProperties: false });
export type NewReservation = Static<typeof NewReservation>;

export const ReservationChange = Type.Partial(Type.Object(wishes), { additionalProperties: false, minProperties: 1 });
export type ReservationChange = Static<typeof ReservationChange>;

export const Night = Type.Object({ date: LocalDate, amount_minor: AmountMinor });
export type Night = Static<typeof Night>;

/** Price and policy are null while it is `requested` or `rejected`. */
export const Reservation = Type.Object({
  id: Id,
  version: Version,
  revision: Type.Integer({ minimum: 0, description: 'of what is allocated at rooms', examples: [1] }),
  property_id: Id,
  guest_id: Id,
  group_id: nullable(Id),
  status: Status,
  room_type_id: Id,
  rate_plan_id: Id,
  room_id: nullable(Id),
  arrival: LocalDate,
  departure: wishes.departure,
  ...Party,
  currency: nullable(Currency),
  nights: nullable(Type.Array(Night)),
  total_minor: nullable(AmountMinor),
  cancellation_policy: nullable(CancellationPolicy),
  cancellation_fee_minor: nullable(AmountMinor),
  source: Type.String({ examples: ['direct'] }),
  created_at: Moment,
  updated_at: Moment,
});
export type Reservation = Static<typeof Reservation>;

/** As rooms answers for an allocation. */
export interface Allocation {
  revision: number;
  currency: string;
  nights: Night[];
  total_minor: number;
  cancellation_policy: CancellationPolicy;
}

/** Under it every event of a reservation leaves, with its whole state. */
export const EVENTS = {
  confirmed: 'reservation.confirmed',
  changed: 'reservation.changed',
  roomAssigned: 'reservation.room_assigned',
  roomUnassigned: 'reservation.room_unassigned',
  checkedIn: 'reservation.checked_in',
  checkedOut: 'reservation.checked_out',
  cancelled: 'reservation.cancelled',
  noShow: 'reservation.no_show',
} as const;
export type ReservationEvent = (typeof EVENTS)[keyof typeof EVENTS];
