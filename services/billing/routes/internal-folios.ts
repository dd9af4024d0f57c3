import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { Id, LocalDate, choice, nullable } from '@tartware/kit/resources';
import type { Billing } from '../actions/billing.ts';
import { closeForReservation } from '../actions/close-folio.ts';
import { openOnDemand } from '../actions/folios.ts';
import { cityLedgerAllowed } from '../actions/settings.ts';
import { SETTLEMENTS } from '../model/folio.ts';

const Close = Type.Object({
  reservation_id: Id,
  settlement: choice(SETTLEMENTS),
  business_date: Type.Optional(Type.String({ ...LocalDate, description: 'the property\'s in reservations: ahead of billing\'s while a night audit is to charge the night' })),
}, { additionalProperties: false });
const Closed = Type.Object({
  reservation_id: Id,
  folio_id: Id,
  status: Type.Literal('closed'),
  settlement: choice(SETTLEMENTS),
  balance_minor: Type.Literal(0),
  city_ledger_folio_id: nullable(Id),
});

/** `app` is behind a service's token. */
export function internalFolioRoutes(app: App, billing: Billing): void {
  app.post('/internal/folios/close', { schema: { summary: 'Close the folio of a reservation', body: Close, response: { 200: Closed } } }, async (request, reply) => {
    const { tenant_id } = claimsOf(request);
    const { reservation_id, settlement } = request.body;
    const { folio } = await openOnDemand(billing, tenant_id, { reservation_id });
    const allowed = settlement === 'city_ledger' && folio.status === 'open' && await cityLedgerAllowed(billing, tenant_id, folio.property_id);
    return idempotent(billing.database, request, reply, async (transaction) => ({ status: 200, body: await closeForReservation(transaction, request.body, allowed) }));
  });
}
