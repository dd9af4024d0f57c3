/** What a property is, outside and inside. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Version } from '@tartware/kit/resources';

export const NewProperty = Type.Object({
  code: Type.String({ pattern: '^[A-Z0-9]{2,12}$', description: '2 to 12 capitals and digits, unique in the tenant', examples: ['HAM01'] }),
  name: Type.String({ minLength: 1, maxLength: 200, description: '1 to 200 characters' }),
  time_zone: Type.String({ format: 'time-zone', description: 'an IANA name such as Europe/Berlin' }),
  currency: Type.String({ format: 'currency', description: 'an ISO 4217 code such as EUR' }),
}, { additionalProperties: false });
export type NewProperty = Static<typeof NewProperty>;

/** The currency is not among them: money was taken in it. */
export const PropertyChange = Type.Object({
  name: Type.Optional(NewProperty.properties.name),
  time_zone: Type.Optional(NewProperty.properties.time_zone),
}, { additionalProperties: false, minProperties: 1 });
export type PropertyChange = Static<typeof PropertyChange>;

/** What was checked on its way in is only serialized on its way out. */
export const Property = Type.Object({
  id: Type.String(),
  code: Type.String(),
  name: Type.String(),
  time_zone: Type.String(),
  currency: Type.String(),
  business_date: Type.String({ description: 'the day that the books are at, YYYY-MM-DD' }),
  version: Version,
  created_at: Type.String({ description: 'RFC 3339, UTC' }),
  updated_at: Type.String({ description: 'RFC 3339, UTC' }),
});
export type Property = Static<typeof Property>;
