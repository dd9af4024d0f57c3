/** A property with its room types, rooms and rate plans. */
import type { CancellationTerms } from '../../rooms/model/cancellation.ts';
import type { RatePlan } from '../../rooms/model/rate-plan.ts';
import type { RoomType } from '../../rooms/model/room-type.ts';
import type { Room } from '../../rooms/model/room.ts';
import type { TaxRule } from '../../billing/model/tax.ts';
import type { Property } from '../../core/model/property.ts';
import type { Random } from '../random.ts';
import { Calendar, dateAt } from './calendar.ts';
import { PLACES } from './places.ts';
import type { Place } from './places.ts';

export interface House {
  tenantId: string;
  place: Place;
  calendar: Calendar;
  /** The moment of the seeding: nothing has happened after it. */
  now: number;
  property: Property;
  types: readonly TypeOfHouse[];
  rooms: readonly Room[];
  plans: readonly PlanOfHouse[];
  taxRules: readonly TaxRule[];
}

export interface TypeOfHouse extends RoomType {
  /** Of the price of a double room. */
  priceFactor: number;
  roomIds: readonly string[];
}

export interface PlanOfHouse extends RatePlan {
  priceFactor: number;
  /** Of all bookings. */
  share: number;
  /** The whole price is paid when booking. */
  prepaid: boolean;
}

/** So many bookings keep one room about as busy as hotels are: 60 days open, and what is booked ahead. */
const BOOKINGS_PER_ROOM = 34;
const ROOMS_AT_LEAST = 6;
const ROOMS_PER_FLOOR = 14;

const TYPES = [
  { code: 'SGL', name: 'Single room', capacity_adults: 1, capacity_children: 0, base_occupancy: 1, share: 0.14, priceFactor: 0.78, features: ['desk'] },
  { code: 'DBL', name: 'Double room', capacity_adults: 2, capacity_children: 1, base_occupancy: 2, share: 0.46, priceFactor: 1, features: ['desk', 'king_bed'] },
  { code: 'TWN', name: 'Twin room', capacity_adults: 2, capacity_children: 1, base_occupancy: 2, share: 0.2, priceFactor: 1, features: ['desk', 'twin_beds'] },
  { code: 'FAM', name: 'Family room', capacity_adults: 2, capacity_children: 3, base_occupancy: 3, share: 0.12, priceFactor: 1.45, features: ['sofa_bed', 'bath_tub'] },
  { code: 'STE', name: 'Suite', capacity_adults: 4, capacity_children: 1, base_occupancy: 2, share: 0.08, priceFactor: 2.1, features: ['king_bed', 'bath_tub', 'balcony'] },
] as const;

const until18 = { free_until_time: '18:00' };
const PLANS: readonly { code: string; name: string; cancellation: CancellationTerms; priceFactor: number; share: number; prepaid: boolean }[] = [
  { code: 'FLEX', name: 'Flexible', priceFactor: 1, share: 0.5, prepaid: false, cancellation: { free_until_days: 1, ...until18, fee: { kind: 'first_night' }, no_show_fee: { kind: 'full_stay' } } },
  { code: 'BB', name: 'Flexible with breakfast', priceFactor: 1.14, share: 0.2, prepaid: false, cancellation: { free_until_days: 3, ...until18, fee: { kind: 'percent', percent: 50 }, no_show_fee: { kind: 'percent', percent: 80 } } },
  { code: 'SAVER', name: 'Saver, paid in advance', priceFactor: 0.86, share: 0.3, prepaid: true, cancellation: { free_until_days: null, ...until18, fee: { kind: 'full_stay' }, no_show_fee: { kind: 'full_stay' } } },
];

const NAMES = ['Harbour House', 'Grand', 'Garden', 'Station', 'Riverside', 'Old Town', 'Park', 'Central', 'Lighthouse', 'Mill', 'Market', 'Bridge', 'Theatre', 'Library', 'Bay'] as const;
const KINDS = ['Hotel', 'Inn', 'Suites', 'Lodge', 'House'] as const;

/** Before every moment that a property was ever made at, so that its id is the same whenever it is seeded. */
const FIRST_ID_AT = Date.UTC(2026, 0, 1);

export interface HouseToBuild {
  tenantId: string;
  seed: number;
  /** From 1. */
  number: number;
  reservations: number;
  now: Date;
}

/** Known before anything else of it, to see whether it is there. @param random its own stream */
export function propertyId(random: Random, number: number): string {
  return random.uuid(FIRST_ID_AT + number);
}

export function propertyCode(place: Place, seed: number, number: number): string {
  return `${place.code}${seed.toString(36).toUpperCase()}${String(number).padStart(4, '0')}`;
}

export function placeOf(number: number): Place {
  const place = PLACES[(number - 1) % PLACES.length];
  if (!place) throw new RangeError(`${number} is no number of a property.`);
  return place;
}

export function buildHouse({ tenantId, seed, number, reservations, now }: HouseToBuild, id: string, random: Random): House {
  const place = placeOf(number);
  const businessDate = dateAt(now, place.timeZone);
  const calendar = new Calendar(businessDate, place.timeZone, now);
  const openedAt = calendar.moment(0, 6);
  const made = new Date(openedAt).toISOString();
  const property: Property = {
    id, code: propertyCode(place, seed, number), name: `${random.pick(NAMES)} ${random.pick(KINDS)} ${place.city}`, time_zone: place.timeZone, currency: place.currency,
    // Made once, and moved on by every night audit since.
    business_date: businessDate, version: 1 + calendar.today, created_at: made, updated_at: new Date(Math.min(calendar.moment(calendar.today, 3.1), now.getTime())).toISOString(),
  };
  const own = { property_id: id, active: true, version: 1, created_at: made, updated_at: made };
  const plans = PLANS.map((plan): PlanOfHouse => ({ id: random.uuid(openedAt), ...own, ...plan, currency: place.currency, ...supplements(place) }));
  const count = Math.max(ROOMS_AT_LEAST, Math.round(reservations / BOOKINGS_PER_ROOM));
  const rooms: Room[] = [];
  const types = TYPES.map(({ share: _share, features: _features, ...type }, index): TypeOfHouse => {
    const typeId = random.uuid(openedAt + index);
    const from = rooms.length;
    for (const features of Array.from({ length: roomsOfType(index, count) }, () => TYPES[index]?.features ?? [])) {
      rooms.push({ id: random.uuid(openedAt + rooms.length), ...own, room_type_id: typeId, ...doorOf(rooms.length), features: [...features] });
    }
    return { id: typeId, ...own, ...type, roomIds: rooms.slice(from).map((room) => room.id) };
  });
  return { tenantId, place, calendar, now: now.getTime(), property, types, rooms, plans, taxRules: taxRulesOf(place, calendar.first) };
}

/** The doubles take what is left, so that the sum is right. */
function roomsOfType(index: number, count: number): number {
  const roomsOf = (share: number): number => Math.max(1, Math.floor(share * count));
  const type = TYPES[index];
  if (type?.code !== 'DBL') return roomsOf(type?.share ?? 0);
  return count - TYPES.filter(({ code }) => code !== 'DBL').reduce((sum, { share }) => sum + roomsOf(share), 0);
}

function doorOf(index: number): Pick<Room, 'number' | 'floor'> {
  const floor = 1 + Math.floor(index / ROOMS_PER_FLOOR);
  return { floor, number: `${floor}${String(1 + (index % ROOMS_PER_FLOOR)).padStart(2, '0')}` };
}

function supplements({ minorPerEuro }: Place): Pick<RatePlan, 'extra_adult_minor' | 'extra_child_minor'> {
  return { extra_adult_minor: roundPrice(25 * minorPerEuro), extra_child_minor: roundPrice(12 * minorPerEuro) };
}

/** Prices end in two noughts: whole euros, hundreds of yen. */
export function roundPrice(minor: number): number {
  return Math.max(100, Math.round(minor / 100) * 100);
}

function taxRulesOf({ taxes }: Place, validFrom: string): TaxRule[] {
  return taxes.flatMap(({ on, ...rule }) => on.map((charge_kind) => ({ charge_kind, valid_from: validFrom, ...rule })));
}
