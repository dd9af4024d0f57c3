/** Text formats that TypeBox schemas may name. TypeBox has none of its own and refuses a schema with a format it does not know. */
import { FormatRegistry } from '@sinclair/typebox';

export function addFormat(name: string, test: (text: string) => boolean): void {
  FormatRegistry.Set(name, test);
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** As HTML's `input type=email` has it, with RFC 5321's limit of 254: whether the mailbox exists only a message to it can show. */
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)+$/i;

addFormat('uuid', (text) => UUID.test(text));
addFormat('email', (text) => text.length <= 254 && EMAIL.test(text));
