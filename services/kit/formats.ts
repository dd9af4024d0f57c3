/** Text formats that TypeBox schemas may name. TypeBox has none of its own and refuses a schema with a format it does not know. */
import { FormatRegistry } from '@sinclair/typebox';
import { isLocalDate } from './dates.ts';

export function addFormat(name: string, test: (text: string) => boolean): void {
  FormatRegistry.Set(name, test);
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** As HTML's `input type=email` has it, with RFC 5321's limit of 254: whether the mailbox exists only a message to it can show. */
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)+$/i;
/** RFC 3339, without the leap second that JavaScript does not know. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

const currencies = new Set(Intl.supportedValuesOf('currency'));

addFormat('uuid', (text) => UUID.test(text));
addFormat('email', (text) => text.length <= 254 && EMAIL.test(text));
addFormat('date', isLocalDate);
addFormat('date-time', (text) => MOMENT.test(text) && isLocalDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text)));
addFormat('currency', (text) => currencies.has(text));
addFormat('time-zone', isTimeZone);

/** Offsets such as +02:00 are taken by Intl but know no summer time. */
function isTimeZone(text: string): boolean {
  try {
    return /^[A-Z]/i.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }).format() !== '';
  } catch {
    return false;
  }
}
