import { Type } from '@sinclair/typebox';
import { notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { ById, Id, PageQuery, pageOf, toPage } from '@tartware/kit/resources';
import type { Billing } from '../actions/billing.ts';
import { issueCreditNote, issueInvoice } from '../actions/invoice.ts';
import { recipientOf } from '../actions/recipient.ts';
import { Invoice, NewInvoice } from '../model/invoice.ts';
import { getInvoice, listInvoices } from '../store/invoices.ts';
import { reading } from '../store/queries.ts';

const InvoiceQuery = Type.Object({ ...PageQuery.properties, property_id: Type.Optional(Id), folio_id: Type.Optional(Id), guest_id: Type.Optional(Id) });

/** `app` is behind `requireToken`. */
export function invoiceRoutes(app: App, billing: Billing): void {
  const { database } = billing;

  app.post('/v1/billing/folios/:id/invoices', { config: { idempotencyKey: 'required' }, schema: { summary: 'Issue an invoice, or a credit note', params: ById, body: NewInvoice, response: { 201: Invoice } } }, async (request, reply) => {
    const { sub, tenant_id } = requireWriter(request);
    const { params: { id }, body: { recipient, credits, reason = '' } } = request;
    // Whom the guest folio is of must be known before the transaction that takes a number.
    const to = credits === undefined ? recipient ?? await recipientOf(billing, tenant_id, id) : undefined;
    return idempotent(database, request, reply, async (transaction) => {
      const issued = to ? await issueInvoice(transaction, id, to, sub) : await issueCreditNote(transaction, id, credits ?? '', reason, sub);
      return { status: 201, body: issued, headers: { location: `/v1/billing/invoices/${issued.id}` } };
    }, { required: true });
  });

  app.get('/v1/billing/invoices', { schema: { summary: 'List invoices and credit notes', querystring: InvoiceQuery, response: { 200: pageOf(Invoice) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    const found = await listInvoices(reading(database, claimsOf(request).tenant_id), filter, cursor, limit + 1);
    return toPage(found, limit);
  });

  app.get('/v1/billing/invoices/:id', { schema: { summary: 'Read an invoice', params: ById, response: { 200: Invoice } } }, async (request) => {
    const found = await getInvoice(reading(database, claimsOf(request).tenant_id), request.params.id);
    if (!found) throw notFound('This invoice');
    return found;
  });
}
