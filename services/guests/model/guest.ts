/** What a guest profile is, outside and inside. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { addFormat } from '@tartware/kit';
import { Id, LocalDate, Version, choice, nullable } from '@tartware/kit/resources';

/** E.164 with the spaces and dashes that people type. */
const PHONE = /^\+?[\d (),./-]{5,30}$/;
const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

addFormat('phone', (text) => PHONE.test(text));
// ZZ is CLDR's name for an unknown region.
addFormat('country', (text) => /^[A-Z]{2}$/.test(text) && text !== 'ZZ' && regions.of(text) !== undefined);
addFormat('language', isLanguage);

function isLanguage(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text)[0] === text;
  } catch {
    return false;
  }
}

const Text = (maxLength: number, description: string) => Type.String({ maxLength, description });

export const Address = Type.Object({
  street: Type.Optional(Text(200, 'up to 200 characters')),
  city: Type.Optional(Text(100, 'up to 100 characters')),
  postal_code: Type.Optional(Text(20, 'up to 20 characters')),
  region: Type.Optional(Text(100, 'up to 100 characters')),
  country: Type.Optional(Type.String({ format: 'country', description: 'an ISO 3166 code such as DE' })),
}, { additionalProperties: false });

export const Preferences = Type.Object({
  floor: Type.Optional(choice(['high', 'low'])),
  bed: Type.Optional(choice(['single', 'double', 'twin', 'king'])),
  smoking: Type.Optional(Type.Boolean()),
  quiet_room: Type.Optional(Type.Boolean()),
  accessibility: Type.Optional(Type.Array(Text(100, 'up to 100 characters'), { maxItems: 20 })),
  dietary: Type.Optional(Type.Array(Text(100, 'up to 100 characters'), { maxItems: 20 })),
  remark: Type.Optional(Text(500, 'up to 500 characters')),
}, { additionalProperties: false });
export type Preferences = Static<typeof Preferences>;

const editable = {
  first_name: Type.String({ maxLength: 100, description: 'up to 100 characters' }),
  last_name: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: '1 to 100 characters' }),
  email: nullable(Type.String({ format: 'email', description: 'an e-mail address' })),
  phone: nullable(Type.String({ format: 'phone', description: 'digits, spaces and dashes, with a leading + for the country' })),
  nationality: nullable(Type.String({ format: 'country', description: 'an ISO 3166 code such as DE' })),
  language: nullable(Type.String({ format: 'language', description: 'a BCP 47 tag such as pt-BR' })),
  birth_date: nullable(LocalDate),
  address: nullable(Address),
  vip: Type.Boolean(),
  notes: Text(2_000, 'up to 2,000 characters'),
};

export const NewGuest = Type.Object({ ...Type.Partial(Type.Object(editable)).properties, last_name: editable.last_name }, { additionalProperties: false });
export type NewGuest = Static<typeof NewGuest>;

export const GuestChange = Type.Partial(Type.Object(editable), { additionalProperties: false, minProperties: 1 });
export type GuestChange = Static<typeof GuestChange>;

export const GuestStatus = choice(['active', 'merged', 'erased']);

/** What was checked on its way in is only serialized on its way out. */
export const Guest = Type.Object({
  id: Id,
  status: GuestStatus,
  merged_into: nullable(Id),
  first_name: Type.String(),
  last_name: Type.String(),
  email: nullable(Type.String()),
  phone: nullable(Type.String()),
  nationality: nullable(Type.String()),
  language: nullable(Type.String()),
  birth_date: nullable(Type.String()),
  address: nullable(Address),
  vip: Type.Boolean(),
  notes: Type.String(),
  preferences: Preferences,
  version: Version,
  created_at: Type.String({ description: 'RFC 3339, UTC' }),
  updated_at: Type.String({ description: 'RFC 3339, UTC' }),
});
export type Guest = Static<typeof Guest>;

export const PURPOSES = ['marketing_email', 'marketing_phone', 'profiling', 'third_parties'] as const;

export const NewConsent = Type.Object({
  granted: Type.Boolean(),
  source: Type.String({ minLength: 1, maxLength: 100, description: 'where it was given, such as "check-in form"' }),
}, { additionalProperties: false });

export const Consent = Type.Object({
  purpose: Type.String(),
  granted: Type.Boolean(),
  source: Type.String(),
  recorded_by: Type.String({ description: 'who was signed in' }),
  recorded_at: Type.String({ description: 'RFC 3339, UTC' }),
});
export type Consent = Static<typeof Consent>;
