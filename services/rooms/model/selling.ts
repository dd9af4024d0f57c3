/** What a property has to sell in some nights, and the offers that it makes for a stay. */
import { nightsOf } from '@tartware/kit/resources';
import type { CancellationPolicy, CancellationTerms } from './cancellation.ts';
import { policyFor } from './cancellation.ts';
import { supplement, totalOf } from './price.ts';
import type { PricedNight, Supplements } from './price.ts';
import { strictest, violation } from './restriction.ts';
import type { Restriction, RestrictionValues, StayDates, Violation } from './restriction.ts';
import { fits } from './room-type.ts';
import type { Capacity, Occupancy } from './room-type.ts';
import { MAX_TOTAL_MINOR } from './words.ts';

export interface SellingProperty {
  time_zone: string;
  currency: string;
  business_date: string;
}

export interface SellingType extends Capacity {
  id: string;
  code: string;
  name: string;
  active: boolean;
  /** Rooms that can still be sold, by night; 0 and less: none. */
  left: Readonly<Record<string, number>>;
}

export interface SellingPlan extends Supplements {
  id: string;
  code: string;
  name: string;
  active: boolean;
  cancellation: CancellationTerms;
}

export interface SellingRates {
  room_type_id: string;
  rate_plan_id: string;
  /** By night; a night that is not here has no rate. */
  amounts: Readonly<Record<string, number>>;
}

/** Of the nights of one stay, and restrictions of its departure too. */
export interface Selling {
  property: SellingProperty | null;
  types: readonly SellingType[];
  plans: readonly SellingPlan[];
  rates: readonly SellingRates[];
  restrictions: readonly Restriction[];
}

export interface Offer {
  room_type_id: string;
  room_type_code: string;
  room_type_name: string;
  rate_plan_id: string;
  rate_plan_code: string;
  rate_plan_name: string;
  currency: string;
  nights: PricedNight[];
  total_minor: number;
  cancellation_policy: CancellationPolicy;
  /** Rooms left for the whole stay. */
  available: number;
  restrictions: Pick<RestrictionValues, 'min_stay' | 'max_stay' | 'min_advance_days' | 'max_advance_days'>;
}

export type Reason = 'too_small' | 'rate_missing' | 'restricted' | 'sold_out' | 'price_too_large';

/** A type and plan that are sold together, but not for this stay. */
export interface NotOffered {
  room_type_id: string;
  rate_plan_id: string;
  reason: Reason;
  /** The first night (or day) that it fails on. */
  date?: string;
  restriction?: Violation['restriction'];
  limit?: number;
}

export interface Offers {
  offers: Offer[];
  not_offered: NotOffered[];
}

/** Today's state of a room (dirty, occupied) says nothing about other nights and is not asked. Offers come cheapest first. */
export function offersOf(selling: Selling, stay: StayDates & Occupancy): Offers {
  const found: Offers = { offers: [], not_offered: [] };
  const { property } = selling;
  if (!property) return found;
  for (const rates of selling.rates) {
    const type = selling.types.find(({ id, active }) => active && id === rates.room_type_id);
    const plan = selling.plans.find(({ id, active }) => active && id === rates.rate_plan_id);
    if (!type || !plan) continue;
    const result = offerOf({ property, type, plan, rates, on: restrictionsOf(selling.restrictions, type.id, plan.id) }, stay);
    if ('reason' in result) {
      found.not_offered.push({ room_type_id: type.id, rate_plan_id: plan.id, ...result });
    } else {
      found.offers.push(result);
    }
  }
  found.offers.sort((a, b) => a.total_minor - b.total_minor || a.room_type_code.localeCompare(b.room_type_code) || a.rate_plan_code.localeCompare(b.rate_plan_code));
  return found;
}

/** What holds on a date for one type and plan. */
export function restrictionsOf(all: readonly Restriction[], typeId: string, planId: string): (date: string) => RestrictionValues {
  const holding = all.filter(({ room_type_id, rate_plan_id }) => (room_type_id ?? typeId) === typeId && (rate_plan_id ?? planId) === planId);
  return (date) => strictest(holding.filter((restriction) => restriction.date === date));
}

interface Combination {
  property: SellingProperty;
  type: SellingType;
  plan: SellingPlan;
  rates: SellingRates;
  on: (date: string) => RestrictionValues;
}

function offerOf({ property, type, plan, rates, on }: Combination, stay: StayDates & Occupancy): Offer | Pick<NotOffered, 'reason' | 'date' | 'restriction' | 'limit'> {
  const dates = nightsOf(stay.arrival, stay.departure);
  if (!fits(type, stay)) return { reason: 'too_small' };
  const unrated = dates.find((date) => rates.amounts[date] === undefined);
  if (unrated !== undefined) return { reason: 'rate_missing', date: unrated };
  const broken = violation(stay, { nights: new Set(dates), arrival: true, departure: true }, on, property.business_date);
  if (broken) return { reason: 'restricted', ...broken };
  const full = dates.find((date) => (type.left[date] ?? 0) < 1);
  if (full !== undefined) return { reason: 'sold_out', date: full };
  const extra = supplement(type, plan, stay);
  const nights = dates.map((date) => ({ date, amount_minor: (rates.amounts[date] ?? 0) + extra }));
  const total_minor = totalOf(nights);
  if (total_minor > MAX_TOTAL_MINOR) return { reason: 'price_too_large' };
  const { min_stay, max_stay, min_advance_days, max_advance_days } = on(stay.arrival);
  return {
    room_type_id: type.id, room_type_code: type.code, room_type_name: type.name,
    rate_plan_id: plan.id, rate_plan_code: plan.code, rate_plan_name: plan.name,
    currency: property.currency, nights, total_minor,
    cancellation_policy: policyFor(plan.cancellation, stay.arrival, property.time_zone, { nights, total_minor }),
    available: Math.min(...dates.map((date) => type.left[date] ?? 0)),
    restrictions: { min_stay, max_stay, min_advance_days, max_advance_days },
  };
}
