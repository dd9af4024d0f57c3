/** Lists come in pages. The cursor is the key of the last item seen, so a page never skips or repeats what was there all the time. */
import { Type } from '@sinclair/typebox';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Problem } from './errors.ts';
import './formats.ts';
import { nullable } from './schemas.ts';

/** Query of a list that is ordered by id. With filters: `Type.Object({ ...PageQuery.properties, status: … })`. */
export const PageQuery = Type.Object({
  limit: Type.Integer({ default: 50, minimum: 1, maximum: 200, description: 'items of a page, 1 to 200' }),
  cursor: Type.Optional(Type.String({ format: 'uuid', description: 'next_cursor of the page before' })),
});

/** As `PageQuery` for a list in another order: its cursor is read with `decodeCursor`. */
export const SortedPageQuery = Type.Object({
  limit: PageQuery.properties.limit,
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000, pattern: '^[A-Za-z0-9_-]+$', description: 'next_cursor of the page before' })),
});

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

const NextCursor = nullable(Type.String({ description: 'for the next page; null on the last' }));

/** The answer's schema for a page of `item`. */
export function pageOf<Item extends TSchema>(item: Item): TObject<{ items: ReturnType<typeof Type.Array<Item>>; next_cursor: typeof NextCursor }> {
  return Type.Object({ items: Type.Array(item), next_cursor: NextCursor });
}

/**
 * @param found in the list's order, one more than `limit` when there is a next page: ask the database for `limit + 1`
 * @param cursorOf what the next page begins after; left out, the item's `id`
 */
export function toPage<Item extends { id: string }>(found: readonly Item[], limit: number, cursorOf?: (last: Item) => string): Page<Item>;
export function toPage<Item>(found: readonly Item[], limit: number, cursorOf: (last: Item) => string): Page<Item>;
export function toPage<Item extends { id: string }>(found: readonly Item[], limit: number, cursorOf: (last: Item) => string = ({ id }) => id): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** @param key the values that the list is ordered by, of the last item seen */
export function encodeCursor(key: readonly (string | number | null)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * @param schema of what `encodeCursor` was given, such as `Type.Tuple([LocalDate, Id])`
 * @throws Problem 400 when the cursor is none of this list
 */
export function decodeCursor<Key extends TSchema>(cursor: string, schema: Key): Static<Key> {
  const key = parse(cursor);
  if (!Value.Check(schema, key)) {
    throw new Problem({ status: 400, code: 'cursor_invalid', message: 'The cursor is none of this list.', hint: 'Send next_cursor of the page before unchanged, or none for the first page.' });
  }
  return key;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
