/** What the resources of all services have in common: ids, dates, money, pages, versions. */
import { Type } from '@sinclair/typebox';
import './formats.ts';

export { addDays, isLocalDate, nightsBetween, nightsOf } from './dates.ts';
export { PageQuery, SortedPageQuery, decodeCursor, encodeCursor, pageOf, toPage } from './pages.ts';
export type { Page } from './pages.ts';
export { choice, nullable } from './schemas.ts';
export { etagOf, requireMatch, sendWithETag } from './versions.ts';

export const Id = Type.String({ format: 'uuid', description: 'a UUID', examples: ['0199aaaa-0000-7000-8000-0000000000f1'] });

/** Parameters of `/…/:id`. */
export const ById = Type.Object({ id: Id });

/** A night of the property, never a moment. */
export const LocalDate = Type.String({ format: 'date', description: 'a date as YYYY-MM-DD', examples: ['2027-05-01'] });

/** A moment, as PostgreSQL's driver gives it and as JSON has it: RFC 3339. */
export const Moment = Type.Unsafe<Date | string>(Type.String({ format: 'date-time', description: 'a moment, RFC 3339', examples: ['2027-05-01T14:00:00.000Z'] }));

export const Currency = Type.String({ format: 'currency', description: 'an ISO 4217 code such as EUR', examples: ['EUR'] });

/** Ten thousand of these still add up to an exact number. */
const MAX_AMOUNT_MINOR = 900_000_000_000;

/** Money in the currency's smallest unit. Negative unless told otherwise: narrow it with `Type.Integer({ ...AmountMinor, minimum: 0 })`. */
export const AmountMinor = Type.Integer({
  minimum: -MAX_AMOUNT_MINOR, maximum: MAX_AMOUNT_MINOR, description: 'money in the currency\'s smallest unit, a whole number', examples: [12_900],
});

export const Version = Type.Integer({ minimum: 1, description: 'counts the changes of the resource, from 1', examples: [1] });
