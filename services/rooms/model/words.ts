/** Fields that several resources of rooms have. */
import { Type } from '@sinclair/typebox';

export const Code = Type.String({ pattern: '^[A-Z0-9][A-Z0-9_-]{0,11}$', description: '1 to 12 capitals, digits, - and _, unique in the property', examples: ['DBL'] });
export const Name = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$', description: '1 to 200 characters', examples: ['Double room'] });
export const Active = Type.Boolean({ description: 'false: no longer sold; kept for what was sold' });

/** Of one stay and of one range that is put at once. */
export const MAX_STAY_NIGHTS = 365;
export const MAX_RANGE_NIGHTS = 1_100;
/** Nights are sold up to so many days after the business date. */
export const HORIZON_DAYS = 1_100;
/** As large as one amount of money may be anywhere in the platform: a stay that costs more cannot be booked. */
export const MAX_TOTAL_MINOR = 900_000_000_000;
