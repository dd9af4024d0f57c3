import { Type } from '@sinclair/typebox';
import { notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Transaction } from '@tartware/kit/database';
import { Id, LocalDate, decodeCursor, encodeCursor, nightsOf, pageOf, toPage } from '@tartware/kit/resources';
import { announceInventory, announceRates } from '../announce.ts';
import { dropOffers } from '../context.ts';
import type { RoomsContext } from '../context.ts';
import { CalendarQuery, Inventory, InventoryQuery, OverbookingRange, Rate, RateRange, Restriction, RestrictionRange, Written } from '../model/calendar.ts';
import { isUnrestricted, requireOrderedLimits, wholeRestriction } from '../model/restriction.ts';
import { requireRange } from '../model/stay.ts';
import { listInventory, makeInventory, putOverbooking } from '../store/inventory.ts';
import { getProperty } from '../store/properties.ts';
import { getRatePlan } from '../store/rate-plans.ts';
import { listRates, putRates } from '../store/rates.ts';
import { readerOf } from '../store/reader.ts';
import { clearRestrictions, listRestrictions, putRestrictions, restrictionKey } from '../store/restrictions.ts';
import { getRoomType, lockRoomTypes } from '../store/room-types.ts';

export function calendarRoutes(app: App, context: RoomsContext): void {
  rateRoutes(app, context);
  restrictionRoutes(app, context);
  inventoryRoutes(app, context);
}

const CalendarKey = Type.Tuple([LocalDate, Id, Id]);
const InventoryKey = Type.Tuple([LocalDate, Id]);

function rateRoutes(app: App, context: RoomsContext): void {
  const { database } = context;

  app.get('/v1/rates', { schema: { summary: 'List rates by night', querystring: CalendarQuery, response: { 200: pageOf(Rate) } } }, async (request) => {
    const { cursor, ...query } = request.query;
    requireRange(query.from, query.to);
    const after = cursor === undefined ? undefined : decodeCursor(cursor, CalendarKey);
    const found = await listRates(readerOf(database, claimsOf(request).tenant_id), query, after);
    return toPage(found, query.limit, ({ date, room_type_id, rate_plan_id }) => encodeCursor([date, room_type_id, rate_plan_id]));
  });

  app.put('/v1/rates', { schema: { summary: 'Put one rate on a range of nights', body: RateRange, response: { 200: Written } } }, async (request) => {
    const { tenant_id } = requireWriter(request);
    const { property_id, room_type_id, rate_plan_id, from, to } = request.body;
    requireRange(from, to);
    const nights = await database.withTenant(tenant_id, async (transaction) => {
      await requireScope(transaction, request.body);
      const written = await putRates(transaction, request.body);
      await announceRates(transaction, { property_id, room_type_id, rate_plan_id, from, to });
      return written;
    });
    await dropOffers(context, tenant_id, property_id);
    return { nights };
  });
}

function restrictionRoutes(app: App, context: RoomsContext): void {
  const { database } = context;

  app.get('/v1/restrictions', { schema: { summary: 'List restrictions by night', querystring: CalendarQuery, response: { 200: pageOf(Restriction) } } }, async (request) => {
    const { cursor, ...query } = request.query;
    requireRange(query.from, query.to);
    const after = cursor === undefined ? undefined : decodeCursor(cursor, CalendarKey);
    const found = await listRestrictions(readerOf(database, claimsOf(request).tenant_id), query, after);
    return toPage(found, query.limit, (last) => encodeCursor(restrictionKey(last)));
  });

  app.put('/v1/restrictions', { schema: { summary: 'Put restrictions on a range of nights', body: RestrictionRange, response: { 200: Written } } }, async (request) => {
    const { tenant_id } = requireWriter(request);
    const { property_id, room_type_id, rate_plan_id, from, to } = request.body;
    requireRange(from, to);
    const values = wholeRestriction(request.body);
    requireOrderedLimits(values);
    const nights = await database.withTenant(tenant_id, async (transaction) => {
      await requireScope(transaction, request.body);
      const written = await (isUnrestricted(values) ? clearRestrictions(transaction, request.body) : putRestrictions(transaction, request.body, values));
      await announceRates(transaction, { property_id, room_type_id: room_type_id ?? null, rate_plan_id: rate_plan_id ?? null, from, to });
      return written;
    });
    await dropOffers(context, tenant_id, property_id);
    return { nights };
  });
}

function inventoryRoutes(app: App, context: RoomsContext): void {
  const { database } = context;

  app.get('/v1/inventory', { schema: { summary: 'List what each night has and has sold', querystring: InventoryQuery, response: { 200: pageOf(Inventory) } } }, async (request) => {
    const { cursor, ...query } = request.query;
    requireRange(query.from, query.to);
    const after = cursor === undefined ? undefined : decodeCursor(cursor, InventoryKey);
    const found = await listInventory(readerOf(database, claimsOf(request).tenant_id), query, after);
    return toPage(found, query.limit, ({ date, room_type_id }) => encodeCursor([date, room_type_id]));
  });

  app.put('/v1/inventory', { schema: { summary: 'Put the overbooking allowance of a range of nights', body: OverbookingRange, response: { 200: Written } } }, async (request) => {
    const { tenant_id } = requireWriter(request);
    const { property_id, room_type_id, from, to } = request.body;
    requireRange(from, to);
    const nights = await database.withTenant(tenant_id, async (transaction) => {
      await requireScope(transaction, request.body);
      await lockRoomTypes(transaction, [room_type_id]);
      await makeInventory(transaction, room_type_id, nightsOf(from, to));
      const written = await putOverbooking(transaction, request.body);
      await announceInventory(transaction, { property_id, room_type_id, from, to });
      return written;
    });
    await dropOffers(context, tenant_id, property_id);
    return { nights };
  });
}

/** @throws Problem 404 when the property is not known here, or the type or plan is not the property's */
async function requireScope(transaction: Transaction, scope: { property_id: string; room_type_id?: string; rate_plan_id?: string }): Promise<void> {
  if (!await getProperty(transaction, scope.property_id)) throw notFound('This property, or any room type or rate plan of it,');
  if (scope.room_type_id !== undefined) {
    const type = await getRoomType(transaction, scope.room_type_id);
    if (type?.property_id !== scope.property_id) throw notFound('The room type');
  }
  if (scope.rate_plan_id !== undefined) {
    const plan = await getRatePlan(transaction, scope.rate_plan_id);
    if (plan?.property_id !== scope.property_id) throw notFound('The rate plan');
  }
}
