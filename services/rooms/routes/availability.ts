import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import { AmountMinor, Currency, Id, LocalDate, addDays, choice } from '@tartware/kit/resources';
import { knownProperty, offersGroup } from '../context.ts';
import type { RoomsContext } from '../context.ts';
import { CancellationPolicy } from '../model/cancellation.ts';
import { RestrictionValues } from '../model/restriction.ts';
import { offersOf } from '../model/selling.ts';
import { outsideSale, requireStay } from '../model/stay.ts';
import { readerOf } from '../store/reader.ts';
import { loadSelling } from '../store/selling.ts';

const Query = Type.Object({
  property_id: Id,
  arrival: LocalDate,
  departure: LocalDate,
  adults: Type.Integer({ default: 1, minimum: 1, maximum: 50 }),
  children: Type.Integer({ default: 0, minimum: 0, maximum: 50 }),
  room_type_id: Type.Optional(Id),
  rate_plan_id: Type.Optional(Id),
});
type Query = Static<typeof Query>;

const { min_stay, max_stay, min_advance_days, max_advance_days } = RestrictionValues.properties;

const OfferSchema = Type.Object({
  room_type_id: Id, room_type_code: Type.String(), room_type_name: Type.String(),
  rate_plan_id: Id, rate_plan_code: Type.String(), rate_plan_name: Type.String(),
  currency: Currency,
  nights: Type.Array(Type.Object({ date: LocalDate, amount_minor: AmountMinor })),
  total_minor: AmountMinor,
  cancellation_policy: CancellationPolicy,
  available: Type.Integer({ minimum: 1, description: 'rooms left for the whole stay' }),
  restrictions: Type.Object({ min_stay, max_stay, min_advance_days, max_advance_days }),
});

const NotOfferedSchema = Type.Object({
  room_type_id: Id,
  rate_plan_id: Id,
  reason: choice(['too_small', 'rate_missing', 'restricted', 'sold_out', 'price_too_large']),
  date: Type.Optional(LocalDate),
  restriction: Type.Optional(Type.String({ description: 'which of them, such as min_stay' })),
  limit: Type.Optional(Type.Integer({ description: 'what it asks for, such as 3 nights' })),
});

const Offers = Type.Object({
  property_id: Id, arrival: LocalDate, departure: LocalDate, adults: Type.Integer(), children: Type.Integer(),
  offers: Type.Array(OfferSchema, { description: 'cheapest first' }),
  not_offered: Type.Array(NotOfferedSchema, { description: 'types and plans that are sold together, but not for this stay' }),
});
type Offers = Static<typeof Offers>;

/** An event drops them when something changes; should that event be lost, they are this old at most. */
const KEPT_SECONDS = 30;

export function availabilityRoutes(app: App, context: RoomsContext): void {
  app.get('/v1/availability', { schema: { summary: 'Search priced offers for a stay', querystring: Query, response: { 200: Offers } } }, async (request) => {
    const { tenant_id } = claimsOf(request);
    const { query } = request;
    requireStay(query);
    const { property_id, arrival, departure, adults, children, room_type_id = '', rate_plan_id = '' } = query;
    return context.cache.through({
      group: offersGroup(tenant_id, property_id),
      key: [arrival, departure, adults, children, room_type_id, rate_plan_id].join('/'),
      ttlSeconds: KEPT_SECONDS,
      load: () => search(context, tenant_id, query),
    });
  });
}

async function search(context: RoomsContext, tenantId: string, query: Query): Promise<Offers> {
  const { property_id, arrival, departure, adults, children } = query;
  const selling = await loadSelling(readerOf(context.database, tenantId), query);
  const property = selling.property ?? await knownProperty(context, tenantId, property_id);
  const reason = outsideSale(arrival, addDays(departure, -1), property.business_date);
  if (reason !== undefined) throw new Problem({ status: 400, code: 'stay_invalid', message: reason, hint: 'Choose nights from the property\'s business date on.' });
  return { property_id, arrival, departure, adults, children, ...offersOf({ ...selling, property }, query) };
}
