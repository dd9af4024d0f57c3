import type { Statement, Transaction } from '@tartware/kit/database';
import type { Drafted, Invoice } from '../model/invoice.ts';
import type { Posting } from '../model/posting.ts';
import { WHO } from './ledger.ts';
import { listBy } from './queries.ts';
import type { List, Queries } from './queries.ts';

const COLUMNS = 'id, property_id, folio_id, number, kind, credits, business_date, currency, net_minor, tax_minor, gross_minor, document, issued_at';

// Charges that are on no document yet and were not taken back.
const UNINVOICED: Statement = {
  operation: 'invoices.uninvoiced',
  text: `select id, property_id, folio_id, counter_folio_id, kind, charge_kind, source, description, reservation_id, business_date, currency,
      net_minor, tax_minor, gross_minor, taxes, reverses, ${WHO}, created_at
    from postings where folio_id = $1 and kind = 'charge'
      and not exists (select from invoice_postings i where i.tenant_id = postings.tenant_id and i.posting_id = postings.id)
      and not exists (select from postings r where r.tenant_id = postings.tenant_id and r.reverses = postings.id)
    order by id`,
};
const CHARGES_OF: Statement = { operation: 'invoices.charges_of', text: 'select posting_id from invoice_postings where invoice_id = $1 order by posting_id' };
const INVOICE_OF: Statement = { operation: 'invoices.invoice_of', text: 'select invoice_id from invoice_postings where posting_id = $1' };
const GET: Statement = { operation: 'invoices.get', text: `select ${COLUMNS} from invoices where id = $1` };
const LIST: List = {
  operation: 'invoices.list',
  select: `select ${COLUMNS} from invoices`,
  order: 'id',
  conditions: {
    property_id: 'property_id = $', folio_id: 'folio_id = $', after: 'id > $',
    guest_id: 'exists (select from folios where folios.tenant_id = invoices.tenant_id and folios.id = invoices.folio_id and folios.guest_id = $)',
  },
};
const NEXT_NUMBER: Statement = {
  operation: 'invoices.next_number',
  text: `insert into invoice_numbers (tenant_id, property_id, last) values (current_tenant(), $1, 1)
    on conflict (tenant_id, property_id) do update set last = invoice_numbers.last + 1 returning last`,
};
const INSERT: Statement = {
  operation: 'invoices.insert',
  text: `with issued as (
      insert into invoices (tenant_id, property_id, folio_id, number, kind, credits, business_date, currency, net_minor, tax_minor, gross_minor, document, actor)
      values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning ${COLUMNS}
    ), listed as (
      insert into invoice_postings (tenant_id, posting_id, invoice_id) select current_tenant(), posting_id, issued.id from issued, unnest($13::uuid[]) as posting_id
    ) select * from issued`,
};

export function uninvoicedCharges(transaction: Transaction, folioId: string): Promise<Posting[]> {
  return transaction.query<Posting>(UNINVOICED, [folioId]);
}

export async function postingsOfInvoice(transaction: Transaction, invoiceId: string): Promise<string[]> {
  const rows = await transaction.query<{ posting_id: string }>(CHARGES_OF, [invoiceId]);
  return rows.map(({ posting_id }) => posting_id);
}

/** @returns the document that a posting is on */
export async function invoiceOfPosting(transaction: Transaction, postingId: string): Promise<string | undefined> {
  const [row] = await transaction.query<{ invoice_id: string }>(INVOICE_OF, [postingId]);
  return row?.invoice_id;
}

export async function getInvoice(queries: Queries, id: string): Promise<Invoice | undefined> {
  const [found] = await queries.query<Invoice>(GET, [id]);
  return found;
}

export interface InvoiceFilter {
  property_id?: string;
  folio_id?: string;
  /** Whose folio it is of, whoever it was made out to. */
  guest_id?: string;
}

/** @param after id of the last invoice seen */
export function listInvoices(queries: Queries, filter: InvoiceFilter, after: string | undefined, limit: number): Promise<Invoice[]> {
  const { statement, values } = listBy(LIST, { ...filter, after }, limit);
  return queries.query<Invoice>(statement, values);
}

export interface InvoiceToIssue extends Drafted {
  property_id: string;
  folio_id: string;
  kind: Invoice['kind'];
  credits: string | null;
  business_date: string;
  currency: string;
  issued_by: string;
}

/** Takes the next number: do it last, for until the transaction ends the property's other invoices wait. */
export async function insertInvoice(transaction: Transaction, invoice: InvoiceToIssue): Promise<Invoice> {
  const [number] = await transaction.query<{ last: number }>(NEXT_NUMBER, [invoice.property_id]);
  const { property_id, folio_id, kind, credits, business_date, currency, net_minor, tax_minor, gross_minor, document, issued_by } = invoice;
  const [issued] = await transaction.query<Invoice>(INSERT, [
    property_id, folio_id, number?.last, kind, credits, business_date, currency, net_minor, tax_minor, gross_minor, JSON.stringify(document), issued_by,
    document.lines.map(({ posting_id }) => posting_id),
  ]);
  if (!issued) throw new Error('The invoice was not written.');
  return issued;
}
