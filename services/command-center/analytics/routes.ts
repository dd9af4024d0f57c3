/** Figures of one property over a span of nights. */
import { Type } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import { Id, LocalDate, Moment, addDays, nightsBetween } from '@tartware/kit/resources';
import type { Analytics } from './clickhouse.ts';
import { Occupancy, PACE_DAYS, PICKUP_DAYS, Pace, Pickup, RevenueReport, occupancy, pace, pickup, revenue } from './figures.ts';
import { houseNights, nightsByLead, nightsSold, revenueBooked } from './questions.ts';
import type { Span } from './questions.ts';

const NIGHTS_AT_MOST = 400;
const DAY_MS = 86_400_000;
/** ClickHouse knows the days from 1900 to 2299; pace looks back a year. */
const CALENDAR = { from: '1902-01-01', to: '2299-01-01' };

const span = {
  property_id: Id,
  from: { ...LocalDate, description: 'the first night' } as typeof LocalDate,
  to: { ...LocalDate, description: `the day after the last night; ${NIGHTS_AT_MOST} nights at most` } as typeof LocalDate,
};
const SpanQuery = Type.Object(span);
const AsOfQuery = Type.Object({ ...span, as_of: Type.Optional({ ...Moment, description: 'as it was known then; now, unless told' } as typeof Moment) });

/** `app` is behind `requireToken`. @param analytics undefined where no ClickHouse is set: the routes then say so */
export function analyticsRoutes(app: App, analytics: Analytics | undefined): void {
  app.get('/v1/analytics/occupancy', { schema: { summary: 'Rooms sold of those that could be, by night', querystring: SpanQuery, response: { 200: Occupancy } } }, async (request) => {
    const [store, tenantId] = [required(analytics), claimsOf(request).tenant_id];
    const asked = requireSpan(request.query);
    return occupancy(...await Promise.all([houseNights(store, tenantId, asked), nightsSold(store, tenantId, asked, new Date())]));
  });

  app.get('/v1/analytics/revenue', { schema: { summary: 'Revenue as the ledger booked it, with ADR and RevPAR', querystring: SpanQuery, response: { 200: RevenueReport } } }, async (request) => {
    const [store, tenantId] = [required(analytics), claimsOf(request).tenant_id];
    const asked = requireSpan(request.query);
    return revenue(...await Promise.all([houseNights(store, tenantId, asked), nightsSold(store, tenantId, asked, new Date()), revenueBooked(store, tenantId, asked)]));
  });

  app.get('/v1/analytics/pickup', { schema: { summary: 'Nights booked lately, and how long before they were', querystring: AsOfQuery, response: { 200: Pickup } } }, async (request) => {
    const [store, tenantId] = [required(analytics), claimsOf(request).tenant_id];
    const { as_of: asOf, ...rest } = request.query;
    const asked = requireSpan(rest);
    const now = momentOf(asOf);
    const [leads, current = [], ...before] = await Promise.all([
      nightsByLead(store, tenantId, asked, now),
      ...[0, ...PICKUP_DAYS].map((days) => nightsSold(store, tenantId, asked, new Date(now.getTime() - days * DAY_MS))),
    ]);
    return pickup(asked, current, before, leads);
  });

  app.get('/v1/analytics/pace', { schema: { summary: 'The books beside those of a year before', querystring: AsOfQuery, response: { 200: Pace } } }, async (request) => {
    const [store, tenantId] = [required(analytics), claimsOf(request).tenant_id];
    const { as_of: asOf, ...rest } = request.query;
    const asked = requireSpan(rest);
    const now = momentOf(asOf);
    const before: Span = { ...asked, from: addDays(asked.from, -PACE_DAYS), to: addDays(asked.to, -PACE_DAYS) };
    return pace(asked, ...await Promise.all([
      nightsSold(store, tenantId, asked, now),
      nightsSold(store, tenantId, before, new Date(now.getTime() - PACE_DAYS * DAY_MS)),
      nightsSold(store, tenantId, before, now),
    ]));
  });
}

function required(analytics: Analytics | undefined): Analytics {
  if (!analytics) {
    throw new Problem({ status: 501, code: 'analytics_off', message: 'This installation has no analytics store.', hint: 'Ask its operator to set CLICKHOUSE_URL for command-center.' });
  }
  return analytics;
}

/** @throws Problem 400 when the range `[from, to)` has no night or too many, or lies where no hotel's nights are */
function requireSpan<Asked extends Span>(asked: Asked): Asked {
  const nights = nightsBetween(asked.from, asked.to);
  if (nights < 1 || nights > NIGHTS_AT_MOST || asked.from < CALENDAR.from || asked.to > CALENDAR.to) {
    throw new Problem({
      status: 400, code: 'range_invalid', message: `The range from ${asked.from} to before ${asked.to} has ${nights} nights.`,
      hint: `"to" is the day after the last night: choose one 1 to ${NIGHTS_AT_MOST} days after "from", between ${CALENDAR.from} and ${CALENDAR.to}.`,
    });
  }
  return asked;
}

function momentOf(asOf: Date | string | undefined): Date {
  const moment = asOf === undefined ? new Date() : new Date(asOf);
  const day = Number.isNaN(moment.getTime()) ? '' : moment.toISOString().slice(0, 10);
  if (day < CALENDAR.from || day > CALENDAR.to) {
    throw new Problem({ status: 400, code: 'range_invalid', message: 'Nothing was known at that moment.', hint: `Choose an as_of between ${CALENDAR.from} and ${CALENDAR.to}.` });
  }
  return moment;
}
