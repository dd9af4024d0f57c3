/** Postings and their entries. They are only ever added. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { ChargeKind } from '../model/accounts.ts';
import type { NewEntry } from '../model/entries.ts';
import type { Entry, Posting, PostingKind, PostingWithEntries } from '../model/posting.ts';
import type { TaxShare } from '../model/tax.ts';
import { listBy } from './queries.ts';
import type { List, Queries } from './queries.ts';

export interface NewPosting {
  property_id: string;
  folio_id: string;
  /** The other folio of a transfer. */
  counter_folio_id: string | null;
  kind: PostingKind;
  charge_kind: ChargeKind | null;
  source: Posting['source'];
  description: string;
  reservation_id: string | null;
  business_date: string;
  currency: string;
  net_minor: number;
  tax_minor: number;
  gross_minor: number;
  taxes: TaxShare[];
  reverses: string | null;
  created_by: string | null;
  entries: NewEntry[];
}

// Those of before there was a name for who did it have an id of a user.
export const WHO = 'coalesce(actor, created_by::text) as created_by';
const ENTRY_COLUMNS = 'id, posting_id, property_id, business_date, currency, amount_minor, debit_account, debit_folio_id, credit_account, credit_folio_id, reverses, created_at';
const POSTING_COLUMNS = `id, property_id, folio_id, counter_folio_id, kind, charge_kind, source, description, reservation_id, business_date, currency,
  net_minor, tax_minor, gross_minor, taxes, reverses, ${WHO}, created_at`;

// All postings and all their entries in one statement. One that is there already (a night, a fee, a reversal: its unique constraint says so) is
// left out with its entries. The ids of UUID version 7 keep the order they were given in.
const POST: Statement = {
  operation: 'ledger.post',
  text: `with given as (
      select uuidv7() as id, ordinality as place, document from jsonb_array_elements($1::jsonb) with ordinality as list (document, ordinality)
    ), posted as (
      insert into postings (tenant_id, id, property_id, folio_id, counter_folio_id, kind, charge_kind, source, description, reservation_id, business_date, currency,
        net_minor, tax_minor, gross_minor, taxes, reverses, actor)
      select current_tenant(), given.id, p.property_id, p.folio_id, p.counter_folio_id, p.kind, p.charge_kind, p.source, p.description, p.reservation_id, p.business_date, p.currency,
        p.net_minor, p.tax_minor, p.gross_minor, p.taxes, p.reverses, p.created_by
      from given, jsonb_to_record(given.document) as p (property_id uuid, folio_id uuid, counter_folio_id uuid, kind text, charge_kind text, source text, description text,
        reservation_id uuid, business_date date, currency text, net_minor bigint, tax_minor bigint, gross_minor bigint, taxes jsonb, reverses uuid, created_by text)
      order by given.place
      on conflict do nothing
      returning id, created_at
    ), lines as (
      select uuidv7() as id, given.place, posted.id as posting_id, given.document, line.document as entry, line.ordinality as line
      from given join posted using (id), jsonb_array_elements(given.document -> 'entries') with ordinality as line (document, ordinality)
    ), entered as (
      insert into ledger_entries (tenant_id, id, posting_id, property_id, business_date, currency, amount_minor, debit_account, debit_folio_id,
        credit_account, credit_folio_id, reverses)
      select current_tenant(), lines.id, lines.posting_id, p.property_id, p.business_date, p.currency, e.amount_minor, e.debit_account, e.debit_folio_id,
        e.credit_account, e.credit_folio_id, e.reverses
      from lines, jsonb_to_record(lines.document) as p (property_id uuid, business_date date, currency text),
        jsonb_to_record(lines.entry) as e (amount_minor bigint, debit_account text, debit_folio_id uuid, credit_account text, credit_folio_id uuid, reverses uuid)
      order by lines.place, lines.line
    )
    select lines.place::int - 1 as place, lines.line::int - 1 as line, lines.posting_id, lines.id as entry_id, posted.created_at
    from lines join posted on posted.id = lines.posting_id order by lines.place, lines.line`,
};
const ENTRY: Statement = { operation: 'ledger.entry', text: `select ${ENTRY_COLUMNS} from ledger_entries where id = $1` };
const POSTING: Statement = { operation: 'ledger.posting', text: `select ${POSTING_COLUMNS} from postings where id = $1` };
const ENTRIES_OF_POSTING: Statement = { operation: 'ledger.entries_of_posting', text: `select ${ENTRY_COLUMNS} from ledger_entries where posting_id = $1 order by id` };
const OF_FOLIO: Statement = { operation: 'ledger.of_folio', text: `select ${POSTING_COLUMNS} from postings where folio_id = $1 or counter_folio_id = $1 order by id desc limit $2` };
const LIST: List = {
  operation: 'ledger.list',
  select: `select ${ENTRY_COLUMNS} from ledger_entries`,
  order: 'id',
  conditions: {
    property_id: 'property_id = $', folio_id: '(debit_folio_id = $ or credit_folio_id = $)', account: '(debit_account = $ or credit_account = $)',
    from: 'business_date >= $', to: 'business_date <= $', after: 'id > $',
  },
};
const SIDES = 'lateral (values (debit_account, amount_minor, 0::bigint), (credit_account, 0, amount_minor)) as side (account, debit, credit)';
// Days that are summed from their sums, the rest from the entries: there are no others.
const TRIAL_BALANCE: Statement = {
  operation: 'ledger.trial_balance',
  text: `with part as (
      select account, currency, debit_minor as debit, credit_minor as credit from ledger_days
        where property_id = $1 and business_date between coalesce($2::date, '-infinity') and $3
      union all
      select account, currency, debit, credit from ledger_entries, ${SIDES}
        where property_id = $1 and business_date between coalesce($2::date, '-infinity') and $3
          and business_date > coalesce((select summed_through from properties where id = $1), '-infinity')
    ) select account, currency, sum(debit)::bigint as debit_minor, sum(credit)::bigint as credit_minor from part group by account, currency order by account, currency`,
};
const SUM_DAYS: Statement = {
  operation: 'ledger.sum_days',
  text: `insert into ledger_days (tenant_id, property_id, business_date, account, currency, debit_minor, credit_minor)
    select tenant_id, property_id, business_date, account, currency, sum(debit)::bigint, sum(credit)::bigint from ledger_entries, ${SIDES}
    where property_id = $1 and business_date <= $2 and business_date > coalesce((select summed_through from properties where id = $1), '-infinity')
    group by tenant_id, property_id, business_date, account, currency`,
};
const SUMMED: Statement = { operation: 'ledger.summed', text: 'update properties set summed_through = $2 where id = $1' };

interface PlacedEntry {
  place: number;
  line: number;
  posting_id: string;
  entry_id: string;
  created_at: Date;
}

/**
 * The folios must be locked. Balances follow by themselves.
 * @returns in the order given; nothing in the place of a posting that was there already
 * @throws what the database says to a closed folio (constraint `folio_open`), to another currency or property
 */
export async function post(transaction: Transaction, postings: readonly NewPosting[]): Promise<(PostingWithEntries | undefined)[]> {
  const placed = await transaction.query<PlacedEntry>(POST, [JSON.stringify(postings)]);
  const made: (PostingWithEntries | undefined)[] = postings.map(() => undefined);
  for (const { place, line, posting_id, entry_id, created_at } of placed) {
    const given = postings[place];
    const entry = given?.entries[line];
    if (!given || !entry) throw new Error('The database answered an entry that was not given.');
    const posting = (made[place] ??= { ...given, id: posting_id, created_at, entries: [] });
    const { property_id, business_date, currency } = given;
    posting.entries.push({ id: entry_id, posting_id, property_id, business_date, currency, ...entry, created_at });
  }
  return made;
}

export async function getEntry(transaction: Transaction, id: string): Promise<Entry | undefined> {
  const [found] = await transaction.query<Entry>(ENTRY, [id]);
  return found;
}

export async function getPosting(transaction: Transaction, id: string): Promise<PostingWithEntries | undefined> {
  const [found] = await transaction.query<Posting>(POSTING, [id]);
  return found && { ...found, entries: await transaction.query<Entry>(ENTRIES_OF_POSTING, [id]) };
}

/** The newest, newest first. */
export function postingsOfFolio(queries: Queries, folioId: string, limit: number): Promise<Posting[]> {
  return queries.query<Posting>(OF_FOLIO, [folioId, limit]);
}

export interface EntryFilter {
  property_id: string;
  folio_id?: string;
  account?: string;
  from?: string;
  to?: string;
}

/** @param after id of the last entry seen */
export function listEntries(queries: Queries, filter: EntryFilter, after: string | undefined, limit: number): Promise<Entry[]> {
  const { statement, values } = listBy(LIST, { ...filter, after }, limit);
  return queries.query<Entry>(statement, values);
}

export interface AccountSum {
  account: string;
  currency: string;
  /** A number, or text when that would not be exact. */
  debit_minor: number | string;
  credit_minor: number | string;
}

/** @param from undefined: from the beginning @param to the last business date that counts */
export function sumByAccount(queries: Queries, propertyId: string, from: string | undefined, to: string): Promise<AccountSum[]> {
  return queries.query<AccountSum>(TRIAL_BALANCE, [propertyId, from ?? null, to]);
}

/** Sums the days up to `date`, which from then on take no entry. The property's row must be locked. */
export async function sumDays(transaction: Transaction, propertyId: string, date: string): Promise<void> {
  await transaction.query(SUM_DAYS, [propertyId, date]);
  await transaction.query(SUMMED, [propertyId, date]);
}
