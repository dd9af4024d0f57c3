/** Guest profiles of one tenant; row level security keeps the others' out. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Guest, GuestChange, Preferences } from '../model/guest.ts';
import { afterPrefix, searchKey, searchTerms } from '../model/search-key.ts';

const COLUMNS = `id, status, merged_into, first_name, last_name, email, phone, nationality, language, birth_date, address, vip, notes, preferences, version,
  to_json(created_at at time zone 'utc') #>> '{}' || 'Z' as created_at, to_json(updated_at at time zone 'utc') #>> '{}' || 'Z' as updated_at`;

const GET: Statement = { operation: 'guests.get', text: `select ${COLUMNS} from guests where id = $1` };
const LOCK: Statement = { operation: 'guests.lock', text: `select ${COLUMNS} from guests where id = any($1) order by id for update` };
const LIST: Statement = {
  operation: 'guests.list',
  text: `select ${COLUMNS} from guests where status = 'active' and ($1::uuid is null or id > $1) order by id limit $2`,
};
/** The first term finds by an index; a second one, if any, narrows what the first found. */
const SEARCH: Statement = {
  operation: 'guests.search',
  text: `select ${COLUMNS} from guests
    where status = 'active' and ($1::uuid is null or id > $1)
      and (last_key between $3 and $4 or first_key between $3 and $4 or email_key between $3 and $4)
      and (last_key between $5 and $6 or first_key between $5 and $6 or email_key between $5 and $6)
    order by id limit $2`,
};
const INSERT: Statement = {
  operation: 'guests.insert',
  text: `insert into guests (tenant_id, first_name, last_name, email, phone, nationality, language, birth_date, address, vip, notes, first_key, last_key, email_key)
    values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning ${COLUMNS}`,
};
const UPDATE: Statement = {
  operation: 'guests.update',
  text: `update guests set first_name = $2, last_name = $3, email = $4, phone = $5, nationality = $6, language = $7, birth_date = $8, address = $9, vip = $10,
      notes = $11, first_key = $12, last_key = $13, email_key = $14, preferences = $15, version = version + 1, updated_at = now()
    where id = $1 returning ${COLUMNS}`,
};
const MARK_MERGED: Statement = {
  operation: 'guests.mark_merged',
  text: `update guests set status = 'merged', merged_into = $2, version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
};
/** Who was merged into the one that is merged now follows it, so that a profile is never more than one step from its survivor. */
const FOLLOW: Statement = { operation: 'guests.follow', text: 'update guests set merged_into = $2 where merged_into = $1' };
const ERASE: Statement = {
  operation: 'guests.erase',
  text: `update guests set status = case when status = 'merged' then status else 'erased' end, first_name = '', last_name = '', email = null, phone = null,
      nationality = null, language = null, birth_date = null, address = null, vip = false, notes = '', preferences = '{}', first_key = '', last_key = '', email_key = '',
      version = version + 1, updated_at = now()
    where id = $1 or merged_into = $1 returning ${COLUMNS}`,
};
const MERGED_INTO: Statement = { operation: 'guests.merged_into', text: `select ${COLUMNS} from guests where merged_into = $1 order by id` };

export interface GuestFilter {
  /** Text as typed; empty for all. */
  q: string;
  /** Id of the last one seen. */
  after: string | undefined;
  limit: number;
}

/** Active profiles whose first name, last name or address begins with each word of `q` (two words count), by id. */
export function listGuests(transaction: Transaction, { q, after, limit }: GuestFilter): Promise<Guest[]> {
  const [first, second = first] = searchTerms(q);
  if (first === undefined || second === undefined) {
    return transaction.query<Guest>(LIST, [after ?? null, limit]);
  }
  return transaction.query<Guest>(SEARCH, [after ?? null, limit, first, afterPrefix(first), second, afterPrefix(second)]);
}

export async function getGuest(transaction: Transaction, id: string): Promise<Guest | undefined> {
  const [found] = await transaction.query<Guest>(GET, [id]);
  return found;
}

/** Locks them until the transaction ends, always in the order of their ids. */
export function lockGuests(transaction: Transaction, ids: readonly string[]): Promise<Guest[]> {
  return transaction.query<Guest>(LOCK, [ids]);
}

export async function insertGuest(transaction: Transaction, guest: Required<GuestChange>): Promise<Guest> {
  const [made] = await transaction.query<Guest>(INSERT, columnsOf(guest));
  return only(made);
}

export async function updateGuest(transaction: Transaction, id: string, guest: Required<GuestChange>, preferences: Preferences): Promise<Guest> {
  const [changed] = await transaction.query<Guest>(UPDATE, [id, ...columnsOf(guest), preferences]);
  return only(changed);
}

/** @returns the profile that is merged now */
export async function markMerged(transaction: Transaction, id: string, into: string): Promise<Guest> {
  await transaction.query(FOLLOW, [id, into]);
  const [merged] = await transaction.query<Guest>(MARK_MERGED, [id, into]);
  return only(merged);
}

/** Empties the profile and all that were merged into it. */
export async function eraseGuest(transaction: Transaction, id: string): Promise<Guest> {
  const erased = await transaction.query<Guest>(ERASE, [id]);
  return only(erased.find((guest) => guest.id === id));
}

export function mergedInto(transaction: Transaction, id: string): Promise<Guest[]> {
  return transaction.query<Guest>(MERGED_INTO, [id]);
}

function columnsOf(guest: Required<GuestChange>): unknown[] {
  const { first_name, last_name, email, phone, nationality, language, birth_date, address, vip, notes } = guest;
  return [first_name, last_name, email, phone, nationality, language, birth_date, address, vip, notes, searchKey(first_name), searchKey(last_name), searchKey(email ?? '')];
}

function only(guest: Guest | undefined): Guest {
  if (!guest) {
    throw new Error('A guest profile that this transaction holds is not there.');
  }
  return guest;
}
