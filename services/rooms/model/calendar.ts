/** Rates, restrictions and inventory as they are put and shown: a range of nights at once. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { AmountMinor, Currency, Id, LocalDate, SortedPageQuery } from '@tartware/kit/resources';
import { Restriction, RestrictionValues } from './restriction.ts';

const range = {
  from: { ...LocalDate, description: 'the first night' },
  to: { ...LocalDate, description: 'the day after the last night' },
};

const Weekdays = Type.Array(Type.Integer({ minimum: 1, maximum: 7, description: '1 Monday to 7 Sunday' }), { minItems: 1, maxItems: 7, uniqueItems: true, description: 'only nights that begin on these days', examples: [[5, 6]] });

export const RateRange = Type.Object({
  property_id: Id, room_type_id: Id, rate_plan_id: Id, ...range, weekdays: Type.Optional(Weekdays),
  amount_minor: { ...AmountMinor, minimum: 0, description: 'for a night and the type\'s base_occupancy, in the currency\'s smallest unit' },
}, { additionalProperties: false });
export type RateRange = Static<typeof RateRange>;

/** What is left out is not restricted: the range then has these restrictions and no others. */
export const RestrictionRange = Type.Object({
  property_id: Id,
  room_type_id: Type.Optional({ ...Id, description: 'left out: all types' }),
  rate_plan_id: Type.Optional({ ...Id, description: 'left out: all plans' }),
  ...range, weekdays: Type.Optional(Weekdays),
  ...Type.Partial(RestrictionValues).properties,
}, { additionalProperties: false });
export type RestrictionRange = Static<typeof RestrictionRange>;

export const OverbookingRange = Type.Object({
  property_id: Id, room_type_id: Id, ...range, weekdays: Type.Optional(Weekdays),
  overbooking: Type.Integer({ minimum: 0, maximum: 1_000, description: 'rooms sold beyond those that are there, at most' }),
}, { additionalProperties: false });
export type OverbookingRange = Static<typeof OverbookingRange>;

/** What a PUT of a range answers. */
export const Written = Type.Object({ nights: Type.Integer({ description: 'how many nights were written' }) });

export const CalendarQuery = Type.Object({
  ...SortedPageQuery.properties, property_id: Id, ...range,
  room_type_id: Type.Optional(Id), rate_plan_id: Type.Optional(Id),
});
export type CalendarQuery = Static<typeof CalendarQuery>;

export const InventoryQuery = Type.Object({ ...SortedPageQuery.properties, property_id: Id, ...range, room_type_id: Type.Optional(Id) });

export const Rate = Type.Object({ date: LocalDate, room_type_id: Id, rate_plan_id: Id, amount_minor: AmountMinor, currency: Currency });
export type Rate = Static<typeof Rate>;

export { Restriction };

export const Inventory = Type.Object({
  date: LocalDate,
  room_type_id: Id,
  capacity: Type.Integer({ description: 'active rooms of the type' }),
  out_of_order: Type.Integer({ description: 'of them, out of order' }),
  overbooking: Type.Integer({ description: 'rooms that may be sold beyond' }),
  sold: Type.Integer(),
  displaced: Type.Integer({ description: 'guests to be moved: sold beyond the limit since rooms went out of order on a sold-out night' }),
  available: Type.Integer({ description: 'that can still be sold, never below 0' }),
});
export type Inventory = Static<typeof Inventory>;
