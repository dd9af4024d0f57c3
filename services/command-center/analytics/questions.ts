/** What is asked of ClickHouse. Every table is read by `ofTenant`. Ranges are nights `[from, to)`. */
import type { Analytics } from './clickhouse.ts';
import { ofTenant } from './clickhouse.ts';

export interface Span {
  property_id: string;
  from: string;
  to: string;
}

export interface HouseNight {
  date: string;
  /** In use, whether to be let or not. */
  rooms: number;
  out_of_order: number;
}

export interface Night {
  date: string;
  nights: number;
  amount_minor: number;
  currency: string;
}

export interface Revenue {
  date: string;
  account: string;
  amount_minor: number;
  currency: string;
}

export interface Lead {
  /** Days from booking to the night. */
  days: number;
  nights: number;
  amount_minor: number;
}

const DAYS = `select addDays({from:Date32}, number) as date from numbers(toUInt64(dateDiff('day', {from:Date32}, {to:Date32})))`;

/** Each reservation as it was at a moment, with one row for each night that counts. */
const SOLD = `select arrayJoin(arrayZip(newest.2, newest.3)) as night, night.1 as date, night.2 as amount, newest.4 as currency, newest.5 as created_at
  from (
    select argMax((status, dates, amounts, currency, created_at), version) as newest
    from ${ofTenant('reservations')} where property_id = {property_id:UUID} and occurred_at <= {as_of:DateTime64(3, 'UTC')} group by id
  )
  where newest.1 in ('confirmed', 'in_house', 'checked_out') and date >= {from:Date32} and date < {to:Date32}`;

const HOUSE = `select toString(days.date) as date,
    (select count() from ${ofTenant('rooms')} where property_id = {property_id:UUID} and active) as rooms,
    uniqExactIf(closed.room_id, closed.first <= days.date and days.date < closed.last) as out_of_order
  from (${DAYS}) as days
  cross join (
    select room_id, first, last from ${ofTenant('out_of_order')} where property_id = {property_id:UUID} and not cleared
      and room_id in (select id from ${ofTenant('rooms')} where property_id = {property_id:UUID} and active)
    union all select toUUID('00000000-0000-0000-0000-000000000000'), toDate32('1970-01-01'), toDate32('1970-01-01')
  ) as closed
  group by days.date order by days.date`;

const NIGHTS = `select toString(date) as date, count() as nights, sum(amount) as amount_minor, any(currency) as currency from (${SOLD}) group by date`;

const LEADS = `select dateDiff('day', toDate32(created_at), date) as days, count() as nights, sum(amount) as amount_minor from (${SOLD}) group by days order by days`;

const REVENUE = `select toString(business_date) as date, account, sum(amount_minor) as amount_minor, any(currency) as currency
  from ${ofTenant('revenue')} where property_id = {property_id:UUID} and business_date >= {from:Date32} and business_date < {to:Date32}
  group by business_date, account`;

/** One row for each night of the span, in order. */
export function houseNights(analytics: Analytics, tenantId: string, span: Span): Promise<HouseNight[]> {
  return analytics.query<HouseNight>(tenantId, HOUSE, { ...span });
}

/** Nights that were sold, as was known at `asOf`; a night without any has no row. */
export function nightsSold(analytics: Analytics, tenantId: string, span: Span, asOf: Date): Promise<Night[]> {
  return analytics.query<Night>(tenantId, NIGHTS, { ...span, as_of: asOf });
}

/** The same nights by how long before they were booked; a booking made after midnight for the night before has -1. */
export function nightsByLead(analytics: Analytics, tenantId: string, span: Span, asOf: Date): Promise<Lead[]> {
  return analytics.query<Lead>(tenantId, LEADS, { ...span, as_of: asOf });
}

/** What the ledger booked as revenue, net of what it reversed, by business date and account. */
export function revenueBooked(analytics: Analytics, tenantId: string, span: Span): Promise<Revenue[]> {
  return analytics.query<Revenue>(tenantId, REVENUE, { ...span });
}
