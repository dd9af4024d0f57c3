/** Every setting there is: its type, what it is when nobody set it, and what it does. */
import { Type } from '@sinclair/typebox';
import type { Static, TSchema } from '@sinclair/typebox';
import { addFormat } from '@tartware/kit';
import { choice } from '@tartware/kit/resources';

export interface Definition<Schema extends TSchema = TSchema> {
  /** `<service that reads it>.<name>`. */
  key: string;
  /** JSON Schema of its values; `description` says what may be set. */
  schema: Schema;
  default: Static<Schema>;
  /** What it changes. */
  description: string;
  /** Whether a property may have a value of its own, or only the tenant as a whole. */
  scope: 'property' | 'tenant';
  /** Of numbers, such as `minutes`. */
  unit?: string;
}

addFormat('clock-time', (text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text));
addFormat('locale', (text) => {
  try {
    return Intl.getCanonicalLocales(text)[0] === text;
  } catch {
    return false;
  }
});

const ClockTime = Type.String({ format: 'clock-time', description: 'a time as HH:MM', examples: ['15:00'] });
const Flag = Type.Boolean({ description: 'true or false', examples: [true] });

export const DEFINITIONS: readonly Definition[] = [
  define({ key: 'reservations.check_in_condition', schema: choice(['clean', 'inspected']), default: 'clean', scope: 'property', description: 'What a room must be before a guest is checked in to it.' }),
  define({ key: 'reservations.no_show_fee', schema: choice(['policy', 'none']), default: 'policy', scope: 'property', description: 'Whether a guest who does not come pays what the booking\'s policy says.' }),
  define({ key: 'reservations.check_in_time', schema: ClockTime, default: '15:00', scope: 'property', description: 'From when on rooms are promised, on the property\'s clock.' }),
  define({ key: 'reservations.check_out_time', schema: ClockTime, default: '11:00', scope: 'property', description: 'Until when guests leave, on the property\'s clock.' }),
  define({
    key: 'reservations.waitlist_offer_minutes', schema: Type.Integer({ minimum: 5, maximum: 10_080, description: '5 to 10080', examples: [1_440] }), default: 1_440, scope: 'property', unit: 'minutes',
    description: 'How long a room that came free is offered to the first on the waitlist.',
  }),
  define({ key: 'billing.city_ledger_allowed', schema: Flag, default: true, scope: 'property', description: 'Whether guests may leave with a debt that is billed later.' }),
  define({
    key: 'billing.invoice_footer', schema: Type.String({ maxLength: 1_000, description: 'up to 1,000 characters', examples: ['Thank you for your stay'] }), default: '', scope: 'property',
    description: 'Printed under every invoice.',
  }),
  define({ key: 'housekeeping.inspection_required', schema: Flag, default: false, scope: 'property', description: 'Whether a cleaned room waits for an inspection before it counts as ready.' }),
  define({
    key: 'housekeeping.checkout_clean_minutes', schema: Type.Integer({ minimum: 5, maximum: 480, description: '5 to 480', examples: [30] }), default: 30, scope: 'property', unit: 'minutes',
    description: 'How long cleaning after a check-out is planned to take.',
  }),
  define({ key: 'core.locale', schema: Type.String({ format: 'locale', description: 'a BCP 47 tag such as en-GB', examples: ['en-GB'] }), default: 'en', scope: 'property', description: 'Language and format of what guests read.' }),
  define({
    key: 'guests.retention_months', schema: Type.Integer({ minimum: 1, maximum: 240, description: '1 to 240', examples: [36] }), default: 36, scope: 'tenant', unit: 'months',
    description: 'How long a profile is kept after the last stay.',
  }),
];

/** Ties the default's type to the schema's. */
function define<Schema extends TSchema>(definition: Definition<Schema>): Definition {
  return definition;
}

const BY_KEY = new Map(DEFINITIONS.map((definition) => [definition.key, definition]));

export function definitionOf(key: string): Definition | undefined {
  return BY_KEY.get(key);
}
