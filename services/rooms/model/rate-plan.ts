/** Under which terms a night is sold. Prices are in rates, one for each type of room and night. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Currency, Id, Moment, Version } from '@tartware/kit/resources';
import { CancellationTerms } from './cancellation.ts';
import { Active, Code, Name } from './words.ts';

/** With a hundred guests in a room a supplement still adds up to no more than an amount of money may be. */
const Supplement = Type.Integer({ minimum: 0, maximum: 9_000_000_000, description: 'for a night and each person beyond the type\'s base_occupancy, in the currency\'s smallest unit', examples: [2_500] });

const fields = { name: Name, cancellation: CancellationTerms, extra_adult_minor: Supplement, extra_child_minor: Supplement };

export const NewRatePlan = Type.Object({
  property_id: Id, code: Code, name: Name, cancellation: CancellationTerms,
  extra_adult_minor: Type.Optional(Supplement), extra_child_minor: Type.Optional(Supplement),
}, { additionalProperties: false });
export type NewRatePlan = Static<typeof NewRatePlan>;

export const RatePlanChange = Type.Partial(Type.Object({ ...fields, active: Active }), { additionalProperties: false, minProperties: 1 });
export type RatePlanChange = Static<typeof RatePlanChange>;

/** `currency` is the property's. */
export const RatePlan = Type.Object({
  id: Id, property_id: Id, code: Code, ...fields, currency: Currency, active: Active, version: Version, created_at: Moment, updated_at: Moment,
});
export type RatePlan = Static<typeof RatePlan>;
