/** The figures of the trade, from what was counted. Amounts in minor units, ratios with four decimals. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Currency, LocalDate, addDays, nightsOf, nullable } from '@tartware/kit/resources';
import type { HouseNight, Lead, Night, Revenue, Span } from './questions.ts';

const Amount = Type.Integer({ description: 'in minor units' });
const Count = Type.Integer({ minimum: 0 });

/** Revenue for each night sold (ADR) and for each that could be sold (RevPAR); null where there is none. */
const Rates = { adr_minor: nullable(Amount), revpar_minor: nullable(Amount) };

const Occupied = { available: Count, sold: Count, occupancy: nullable(Type.Number({ description: 'sold / available, with four decimals; null without rooms' })) };
const OccupancyFigures = { rooms: Count, out_of_order: Count, ...Occupied, room_revenue_minor: Amount, ...Rates };
export const Occupancy = Type.Object({
  currency: nullable(Currency),
  items: Type.Array(Type.Object({ date: LocalDate, ...OccupancyFigures })),
  total: Type.Object(OccupancyFigures),
});

const RevenueFigures = { room_minor: Amount, other_minor: Amount, total_minor: Amount, ...Occupied, ...Rates };
export const RevenueReport = Type.Object({
  currency: nullable(Currency),
  items: Type.Array(Type.Object({ date: LocalDate, ...RevenueFigures })),
  total: Type.Object({ ...RevenueFigures, by_account: Type.Record(Type.String(), Amount) }),
});

/** Days back from the moment asked about. */
export const PICKUP_DAYS = [1, 7, 28] as const;
const Net = Type.Integer({ description: 'nights booked less nights cancelled in these days' });
export const Pickup = Type.Object({
  items: Type.Array(Type.Object({ date: LocalDate, nights: Count, amount_minor: Amount, pickup_1: Net, pickup_7: Net, pickup_28: Net })),
  leads: Type.Array(Type.Object({
    from_days: Type.Integer({ description: 'days from booking to the night' }), to_days: nullable(Type.Integer({ description: 'and no more; null: any number' })), nights: Count, amount_minor: Amount,
  })),
});

/** 52 weeks: a Saturday is compared with a Saturday. */
export const PACE_DAYS = 364;
const Books = { nights: Count, amount_minor: Amount };
export const Pace = Type.Object({
  items: Type.Array(Type.Object({
    date: LocalDate,
    ...Books,
    last_year: Type.Object({ date: LocalDate, ...Books }, { description: '364 days before, as it was known then' }),
    last_year_final: Type.Object(Books, { description: 'the same night as it is known now' }),
  })),
  total: Type.Object({ ...Books, last_year_nights: Count, last_year_amount_minor: Amount, last_year_final_nights: Count, last_year_final_amount_minor: Amount }),
});

const sum = <Item>(items: readonly Item[], value: (item: Item) => number): number => items.reduce((total, item) => total + value(item), 0);
const perUnit = (amount: number, units: number): number | null => (units === 0 ? null : Math.round(amount / units));
const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000);
const firstCurrency = (rows: readonly { currency: string }[]): string | null => rows.find(({ currency }) => currency !== '')?.currency ?? null;

function occupancyOf(rooms: number, outOfOrder: number, sold: number, revenue: number) {
  const available = rooms - outOfOrder;
  return {
    rooms, out_of_order: outOfOrder, available, sold, occupancy: ratio(sold, available), room_revenue_minor: revenue,
    adr_minor: perUnit(revenue, sold), revpar_minor: perUnit(revenue, available),
  };
}

/** From the prices of what is booked: also for nights to come. */
export function occupancy(house: readonly HouseNight[], nights: readonly Night[]): Static<typeof Occupancy> {
  const sold = new Map(nights.map((night) => [night.date, night]));
  const items = house.map(({ date, rooms, out_of_order }) => ({ date, ...occupancyOf(rooms, out_of_order, sold.get(date)?.nights ?? 0, sold.get(date)?.amount_minor ?? 0) }));
  const total = occupancyOf(sum(items, ({ rooms }) => rooms), sum(items, (item) => item.out_of_order), sum(items, (item) => item.sold), sum(items, (item) => item.room_revenue_minor));
  return { currency: firstCurrency(nights), items, total };
}

/** From what the ledger booked, to the cent. */
export function revenue(house: readonly HouseNight[], nights: readonly Night[], booked: readonly Revenue[]): Static<typeof RevenueReport> {
  const sold = new Map(nights.map((night) => [night.date, night.nights]));
  const figures = (rows: readonly Revenue[], rooms: number, outOfOrder: number, count: number) => {
    const room = sum(rows.filter(({ account }) => account === 'room_revenue'), ({ amount_minor }) => amount_minor);
    const all = sum(rows, ({ amount_minor }) => amount_minor);
    const { available, occupancy: share, adr_minor, revpar_minor } = occupancyOf(rooms, outOfOrder, count, room);
    return { room_minor: room, other_minor: all - room, total_minor: all, available, sold: count, occupancy: share, adr_minor, revpar_minor };
  };
  const by_account: Record<string, number> = {};
  for (const { account, amount_minor } of booked) by_account[account] = (by_account[account] ?? 0) + amount_minor;
  return {
    currency: firstCurrency(booked),
    items: house.map(({ date, rooms, out_of_order }) => ({ date, ...figures(booked.filter((row) => row.date === date), rooms, out_of_order, sold.get(date) ?? 0) })),
    total: { ...figures(booked, sum(house, ({ rooms }) => rooms), sum(house, (night) => night.out_of_order), sum(nights, (night) => night.nights)), by_account },
  };
}

/** Last days of the groups that leads are told in. */
const LEAD_ENDS = [0, 3, 7, 14, 30, 60, 90, Infinity];

/** @param before as it was known so many days back, in the order of `PICKUP_DAYS` */
export function pickup({ from, to }: Span, now: readonly Night[], before: readonly (readonly Night[])[], leads: readonly Lead[]): Static<typeof Pickup> {
  const [today, ...back] = [now, ...before].map((nights) => new Map(nights.map((night) => [night.date, night])));
  const net = (date: string, index: number): number => (today?.get(date)?.nights ?? 0) - (back[index]?.get(date)?.nights ?? 0);
  return {
    items: nightsOf(from, to).map((date) => ({
      date, nights: today?.get(date)?.nights ?? 0, amount_minor: today?.get(date)?.amount_minor ?? 0, pickup_1: net(date, 0), pickup_7: net(date, 1), pickup_28: net(date, 2),
    })),
    leads: LEAD_ENDS.map((end, index) => {
      const start = index === 0 ? -Infinity : (LEAD_ENDS[index - 1] ?? 0) + 1;
      const group = leads.filter(({ days }) => days >= start && days <= end);
      return {
        from_days: Math.max(start, 0), to_days: end === Infinity ? null : end, nights: sum(group, ({ nights }) => nights), amount_minor: sum(group, ({ amount_minor }) => amount_minor),
      };
    }),
  };
}

/** @param lastYear nights of 364 days before, as it was known 364 days before; @param final the same nights as it is known now */
export function pace({ from, to }: Span, now: readonly Night[], lastYear: readonly Night[], final: readonly Night[]): Static<typeof Pace> {
  const books = (nights: readonly Night[]) => {
    const byDate = new Map(nights.map((night) => [night.date, night]));
    return (date: string) => ({ nights: byDate.get(date)?.nights ?? 0, amount_minor: byDate.get(date)?.amount_minor ?? 0 });
  };
  const [current, then, end] = [books(now), books(lastYear), books(final)];
  const items = nightsOf(from, to).map((date) => {
    const before = addDays(date, -PACE_DAYS);
    return { date, ...current(date), last_year: { date: before, ...then(before) }, last_year_final: end(before) };
  });
  return {
    items,
    total: {
      nights: sum(items, ({ nights }) => nights), amount_minor: sum(items, (item) => item.amount_minor),
      last_year_nights: sum(items, (item) => item.last_year.nights), last_year_amount_minor: sum(items, (item) => item.last_year.amount_minor),
      last_year_final_nights: sum(items, (item) => item.last_year_final.nights), last_year_final_amount_minor: sum(items, (item) => item.last_year_final.amount_minor),
    },
  };
}
