/** What a night costs and when it is not sold: by season and weekday, with a few days on which the town is full. */
import type { Restriction } from '../../rooms/model/restriction.ts';
import { NO_RESTRICTION, strictest } from '../../rooms/model/restriction.ts';
import type { RestrictionValues } from '../../rooms/model/restriction.ts';
import type { Random } from '../random.ts';
import { roundPrice } from './house.ts';
import type { House, PlanOfHouse, TypeOfHouse } from './house.ts';

export interface RateTable {
  /** How much is asked for, of the yearly mean, by day. */
  demand: readonly number[];
  /** @returns smallest units of the currency, for the type's base occupancy */
  amount: (type: TypeOfHouse, plan: PlanOfHouse, day: number) => number;
  /** One row a night, for all types; of them some hold for one plan. */
  restrictions: readonly Restriction[];
  /** What holds for all types, on a date, under a plan. */
  restrictionsOf: (plan: PlanOfHouse) => (date: string) => RestrictionValues;
}

const FAIRS = 5;
const FAIR_DAYS = 3;
/** The cheap plan must be booked so many days ahead. */
const SAVER_ADVANCE_DAYS = 3;

const WEEK: Readonly<Record<'leisure' | 'business', readonly number[]>> = {
  // Sunday to Saturday.
  leisure: [0.94, 0.88, 0.88, 0.92, 1, 1.2, 1.24],
  business: [0.86, 1.04, 1.14, 1.16, 1.08, 0.9, 0.88],
};

export function makeRates(house: House, random: Random): RateTable {
  const { calendar, place } = house;
  const fairs = new Set<number>();
  for (let fair = 0; fair < FAIRS; fair += 1) {
    const first = random.whole(0, calendar.days - FAIR_DAYS);
    for (let day = first; day < first + FAIR_DAYS; day += 1) fairs.add(day);
  }
  const demand = Array.from({ length: calendar.days }, (_, day) => demandOn(house, day) * (fairs.has(day) ? 1.45 : 1) * (0.96 + 0.08 * random.unit()));
  const base = place.euros * place.minorPerEuro;
  const restrictions = makeRestrictions(house, demand);
  return {
    demand,
    amount: (type, plan, day) => roundPrice(base * type.priceFactor * plan.priceFactor * (demand[day] ?? 1)),
    restrictions,
    restrictionsOf: lookUp(restrictions),
  };
}

function demandOn({ calendar, place: { demand } }: House, day: number): number {
  const season = 1 + demand.swing * Math.cos(((calendar.dayOfYear(day) - demand.peak) / 365.25) * 2 * Math.PI);
  const newYearsEve = calendar.date(day).endsWith('12-31') ? 1.7 : 1;
  return season * (WEEK[demand.guests][calendar.weekday(day)] ?? 1) * newYearsEve;
}

function makeRestrictions({ calendar, plans }: House, demand: readonly number[]): Restriction[] {
  const saver = plans.find(({ prepaid }) => prepaid);
  return demand.flatMap((asked, day) => {
    const date = calendar.date(day);
    const all: Restriction = { ...NO_RESTRICTION, date, room_type_id: null, rate_plan_id: null };
    const full = asked > 1.45;
    return [
      ...(date.endsWith('12-31') ? [{ ...all, min_stay: 3, closed_to_departure: true }] : full ? [{ ...all, min_stay: 2 }] : []),
      ...(saver ? [{ ...all, rate_plan_id: saver.id, min_advance_days: SAVER_ADVANCE_DAYS, closed: full }] : []),
    ];
  });
}

function lookUp(restrictions: readonly Restriction[]): RateTable['restrictionsOf'] {
  const known = new Map<string, ReadonlyMap<string, RestrictionValues>>();
  return ({ id }) => {
    let byDate = known.get(id);
    if (!byDate) {
      const holding = new Map<string, Restriction[]>();
      for (const row of restrictions.filter(({ rate_plan_id }) => (rate_plan_id ?? id) === id)) holding.set(row.date, [...(holding.get(row.date) ?? []), row]);
      byDate = new Map([...holding].map(([date, rows]) => [date, strictest(rows)]));
      known.set(id, byDate);
    }
    const found = byDate;
    return (date) => found.get(date) ?? NO_RESTRICTION;
  };
}
