import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { ById, Id, PageQuery, choice, pageOf, toPage } from '@tartware/kit/resources';
import type { Billing } from '../actions/billing.ts';
import { charge } from '../actions/charge.ts';
import { existingFolio, openOnDemand, openRequested } from '../actions/folios.ts';
import { knownProperty } from '../actions/properties.ts';
import { transfer } from '../actions/transfer.ts';
import { FOLIO_KINDS } from '../model/accounts.ts';
import { Folio, NewFolio } from '../model/folio.ts';
import { Payment } from '../model/payments.ts';
import { NewCharge, NewTransfer, Posted, Posting } from '../model/posting.ts';
import { listFolios } from '../store/folios.ts';
import { postingsOfFolio } from '../store/ledger.ts';
import { paymentsOfFolio } from '../store/payments.ts';
import { reading } from '../store/queries.ts';

const FolioQuery = Type.Object({
  ...PageQuery.properties,
  property_id: Type.Optional(Id),
  reservation_id: Type.Optional(Id),
  guest_id: Type.Optional(Id),
  status: Type.Optional(choice(['open', 'closed'])),
  kind: Type.Optional(choice(FOLIO_KINDS)),
});

/** What a folio shows of itself at once; all its entries are at `GET /v1/billing/ledger/entries?folio_id=…`. */
const NEWEST = 200;
const FolioInFull = Type.Object({
  ...Folio.properties,
  postings: Type.Array(Posting, { description: `newest first, ${NEWEST} at most` }),
  payments: Type.Array(Payment, { description: `newest first, ${NEWEST} at most` }),
});

/** `app` is behind `requireToken`. */
export function folioRoutes(app: App, billing: Billing): void {
  const { database } = billing;

  app.get('/v1/billing/folios', { schema: { summary: 'List folios', querystring: FolioQuery, response: { 200: pageOf(Folio) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    const found = await listFolios(reading(database, claimsOf(request).tenant_id), filter, cursor, limit + 1);
    return toPage(found, limit);
  });

  app.get('/v1/billing/folios/:id', { schema: { summary: 'Read a folio with its postings and payments', params: ById, response: { 200: FolioInFull } } }, (request) =>
    database.withTenant(claimsOf(request).tenant_id, async (transaction) => {
      const { id } = request.params;
      const [folio, postings, payments] = await Promise.all([existingFolio(transaction, id), postingsOfFolio(transaction, id, NEWEST), paymentsOfFolio(transaction, id, NEWEST)]);
      return { ...folio, postings, payments };
    }));

  // 201 when it was opened now, 200 when the reservation had it already.
  app.post('/v1/billing/folios', { schema: { summary: 'Open a folio, or find the one of a reservation', body: NewFolio, response: { 200: Folio, 201: Folio } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const { body } = request;
    const ofReservation = body.kind === 'guest' ? await openOnDemand(billing, tenant_id, body) : undefined;
    return idempotent(database, request, reply, async (transaction) => {
      const property = await knownProperty(transaction, billing, tenant_id, body.property_id);
      const { folio, opened } = await openRequested(transaction, body, property, ofReservation?.folio);
      return { status: opened || ofReservation?.opened ? 201 : 200, body: folio, headers: { location: `/v1/billing/folios/${folio.id}` } };
    });
  });

  app.post('/v1/billing/folios/:id/charges', { config: { idempotencyKey: 'required' }, schema: { summary: 'Charge a folio, with the taxes of the day', params: ById, body: NewCharge, response: { 201: Posted } } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => ({ status: 201, body: await charge(transaction, request.params.id, request.body, sub) }), { required: true });
  });

  app.post('/v1/billing/folios/:id/transfers', { config: { idempotencyKey: 'required' }, schema: { summary: 'Move a debt to another folio', params: ById, body: NewTransfer, response: { 201: Posted } } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => ({ status: 201, body: await transfer(transaction, request.params.id, request.body, sub) }), { required: true });
  });
}
