/** What a night costs: the rate, which covers the type's base occupancy, and a supplement for each person beyond. */
import type { Capacity, Occupancy } from './room-type.ts';

export interface Supplements {
  extra_adult_minor: number;
  extra_child_minor: number;
}

/** Adults take the places that the rate covers first. */
export function supplement({ base_occupancy }: Pick<Capacity, 'base_occupancy'>, { extra_adult_minor, extra_child_minor }: Supplements, { adults, children }: Occupancy): number {
  const extraAdults = Math.max(0, adults - base_occupancy);
  const extraChildren = Math.max(0, children - Math.max(0, base_occupancy - adults));
  return extraAdults * extra_adult_minor + extraChildren * extra_child_minor;
}

export interface PricedNight {
  date: string;
  amount_minor: number;
}

export function totalOf(nights: readonly PricedNight[]): number {
  return nights.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
}
