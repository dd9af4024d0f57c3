/** What a reservation holds of the inventory, and what a new revision of it takes and gives back. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { AmountMinor, Currency, Id, LocalDate, nightsOf } from '@tartware/kit/resources';
import { CancellationPolicy, policyAfterChange, policyFor, termsOf } from './cancellation.ts';
import { supplement, totalOf } from './price.ts';
import type { PricedNight } from './price.ts';
import { violation } from './restriction.ts';
import type { NewParts } from './restriction.ts';
import { fits } from './room-type.ts';
import { restrictionsOf } from './selling.ts';
import type { Selling, SellingPlan, SellingProperty, SellingType } from './selling.ts';
import { outsideSale } from './stay.ts';
import { MAX_STAY_NIGHTS, MAX_TOTAL_MINOR } from './words.ts';

export const Wanted = Type.Object({
  revision: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'counts what the reservation wants of its nights, from 1' }),
  property_id: Id, room_type_id: Id, rate_plan_id: Id, arrival: LocalDate, departure: LocalDate,
  adults: Type.Integer({ minimum: 1, maximum: 50 }),
  children: Type.Integer({ minimum: 0, maximum: 50 }),
  keep_price_for: Type.Optional(Type.Array(LocalDate, { maxItems: MAX_STAY_NIGHTS, description: 'held nights that keep their price even under another type or plan, such as for an upgrade that costs nothing' })),
}, { additionalProperties: false });
export type Wanted = Static<typeof Wanted>;

export const Allocation = Type.Object({
  revision: Type.Integer(),
  currency: Currency,
  nights: Type.Array(Type.Object({ date: LocalDate, amount_minor: AmountMinor })),
  total_minor: Type.Integer(),
  cancellation_policy: CancellationPolicy,
});
export type Allocation = Static<typeof Allocation>;

/** As it was written down. It holds `[arrival, held_until)`; what was given back since has its price still in `nights`. */
export interface Held extends Allocation {
  property_id: string;
  room_type_id: string;
  rate_plan_id: string;
  arrival: string;
  departure: string;
  held_until: string;
  adults: number;
  children: number;
}

/** What a revision does: nights of `wanted.room_type_id` to take, nights of `held.room_type_id` to give back, and what will be held. */
export interface Change {
  take: string[];
  give: string[];
  allocation: Allocation;
}

/** Whether the same was asked for: a revision that comes again must not mean something else. */
export function isSame(held: Held, wanted: Wanted): boolean {
  return (['property_id', 'room_type_id', 'rate_plan_id', 'arrival', 'departure', 'adults', 'children'] as const).every((field) => held[field] === wanted[field]);
}

/**
 * @param selling of the nights of `wanted`, by its type and plan
 * @param held nothing for a new reservation
 * @param now RFC 3339, UTC
 * @throws Problem 409 `sold_out`, `restricted` or `not_bookable`
 */
export function changeFor(selling: Selling, wanted: Wanted, held: Held | undefined, now: string): Change {
  const sold = partsOf(selling, wanted);
  const heldNights = new Set(held ? nightsOf(held.arrival, held.held_until) : []);
  const sameType = held?.room_type_id === wanted.room_type_id;
  const dates = nightsOf(wanted.arrival, wanted.departure);
  const take = dates.filter((date) => !(sameType && heldNights.has(date)));
  const staying = new Set(sameType ? dates : []);
  const give = [...heldNights].filter((date) => !staying.has(date));
  requireSellable(selling, wanted, held, sold, take);
  const nights = priceNights(selling, wanted, held, sold, heldNights);
  const total_minor = totalOf(nights);
  if (total_minor > MAX_TOTAL_MINOR) throw notBookable(`The stay would cost more than ${MAX_TOTAL_MINOR} in the currency's smallest unit.`, 'Book fewer nights.');
  // Who holds nothing any more books anew.
  const booked = heldNights.size > 0 && held?.rate_plan_id === wanted.rate_plan_id ? held.cancellation_policy : undefined;
  const policy = policyFor(booked ? termsOf(booked) : sold.plan.cancellation, wanted.arrival, sold.property.time_zone, { nights, total_minor });
  return {
    take,
    give,
    allocation: {
      revision: wanted.revision, currency: sold.property.currency, nights, total_minor,
      cancellation_policy: booked ? policyAfterChange(booked, policy, now) : policy,
    },
  };
}

interface SoldParts {
  property: SellingProperty;
  type: SellingType;
  plan: SellingPlan;
}

function partsOf({ property, types, plans }: Selling, { room_type_id, rate_plan_id }: Wanted): SoldParts {
  const type = types.find(({ id }) => id === room_type_id);
  const plan = plans.find(({ id }) => id === rate_plan_id);
  if (!property || !type || !plan) {
    throw notBookable('The property has no such room type or rate plan.', 'Take both from an offer of GET /v1/availability.');
  }
  return { property, type, plan };
}

function requireSellable(selling: Selling, wanted: Wanted, held: Held | undefined, sold: SoldParts, take: readonly string[]): void {
  const { property, type, plan } = sold;
  requireOnSale(wanted, held, sold, take);
  const broken = violation(wanted, newPartsOf(wanted, held, take), restrictionsOf(selling.restrictions, type.id, plan.id), property.business_date);
  if (broken) {
    const limit = broken.limit === undefined ? '' : ` (${broken.limit})`;
    throw new Problem({ status: 409, code: 'restricted', message: `${broken.restriction}${limit} holds on ${broken.date}.`, hint: 'Choose other dates, or another offer of GET /v1/availability.' });
  }
  const full = take.find((date) => (type.left[date] ?? 0) < 1);
  if (full !== undefined) throw soldOut(full);
}

/** What is no longer sold may be kept, not taken. */
function requireOnSale(wanted: Wanted, held: Held | undefined, { property, type, plan }: SoldParts, take: readonly string[]): void {
  if (!fits(type, wanted)) {
    throw notBookable(`${type.name} has no room for ${wanted.adults} adults and ${wanted.children} children.`, 'Choose a larger type, or two rooms.');
  }
  const [first] = take;
  const last = take.at(-1);
  if (first !== undefined && last !== undefined) {
    const reason = outsideSale(first, last, property.business_date);
    if (reason !== undefined) throw notBookable(reason, 'Choose nights from the business date on.');
    if (!type.active) throw notBookable(`${type.name} is no longer sold.`, 'Take another type from GET /v1/availability.');
  }
  if (!plan.active && (first !== undefined || held?.rate_plan_id !== wanted.rate_plan_id)) {
    throw notBookable(`${plan.name} is no longer sold.`, 'Take another plan from GET /v1/availability.');
  }
}

/** Another type or plan is as new as a booking; else only what the change moves. */
function newPartsOf(wanted: Wanted, held: Held | undefined, take: readonly string[]): NewParts {
  const like = held !== undefined && held.held_until > held.arrival && held.room_type_id === wanted.room_type_id && held.rate_plan_id === wanted.rate_plan_id;
  if (like) return { nights: new Set(take), arrival: held.arrival !== wanted.arrival, departure: held.departure !== wanted.departure };
  return { nights: new Set(nightsOf(wanted.arrival, wanted.departure)), arrival: true, departure: true };
}

/**
 * A night that was held keeps its price; other guests in the room change it by the supplements only. Another type or plan is priced anew, but
 * for the nights of `keep_price_for`.
 */
function priceNights(selling: Selling, wanted: Wanted, held: Held | undefined, { type, plan }: SoldParts, heldNights: ReadonlySet<string>): PricedNight[] {
  const rates = selling.rates.find(({ room_type_id, rate_plan_id }) => room_type_id === type.id && rate_plan_id === plan.id)?.amounts ?? {};
  const extra = supplement(type, plan, wanted);
  const more = held ? extra - supplement(type, plan, held) : 0;
  const likeBefore = held?.room_type_id === wanted.room_type_id && held.rate_plan_id === wanted.rate_plan_id;
  const keep = new Set(wanted.keep_price_for);
  const before = new Map(held?.nights.map(({ date, amount_minor }) => [date, amount_minor]));
  return nightsOf(wanted.arrival, wanted.departure).map((date) => {
    const booked = heldNights.has(date) ? before.get(date) : undefined;
    if (booked !== undefined && keep.has(date)) return { date, amount_minor: booked };
    if (booked !== undefined && likeBefore) return { date, amount_minor: Math.max(0, booked + more) };
    const rate = rates[date];
    if (rate === undefined) throw notBookable(`There is no rate for the night of ${date}.`, 'Choose other dates or another offer, or put the rate.');
    return { date, amount_minor: rate + extra };
  });
}

export function soldOut(date: string): Problem {
  return new Problem({ status: 409, code: 'sold_out', message: `No room of this type is left for the night of ${date}.`, hint: 'Choose other dates or another type, or join the waitlist.' });
}

export function notBookable(message: string, hint: string): Problem {
  return new Problem({ status: 409, code: 'not_bookable', message, hint });
}
