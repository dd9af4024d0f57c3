import type { App } from '@tartware/kit';
import { requireRole, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { ById } from '@tartware/kit/resources';
import type { Billing } from '../actions/billing.ts';
import { capture, pay, refund, voidPayment } from '../actions/pay.ts';
import { NewPayment, NewRefund, PaymentDone } from '../model/payments.ts';

/** `app` is behind `requireToken`. */
export function paymentRoutes(app: App, { database }: Billing): void {
  app.post('/v1/billing/folios/:id/payments', { config: { idempotencyKey: 'required' }, schema: { summary: 'Take a payment, or authorise a card', params: ById, body: NewPayment, response: { 201: PaymentDone } } }, async (request, reply) => {
    // Giving a debt up is the manager's to decide.
    const { sub } = request.body.method === 'write_off' ? requireRole(request, ['manager']) : requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => ({ status: 201, body: await pay(transaction, request.params.id, request.body, sub) }), { required: true });
  });

  app.post('/v1/billing/payments/:id/refunds', { config: { idempotencyKey: 'required' }, schema: { summary: 'Give back of a payment', params: ById, body: NewRefund, response: { 201: PaymentDone } } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => ({ status: 201, body: await refund(transaction, request.params.id, request.body, sub) }), { required: true });
  });

  app.post('/v1/billing/payments/:id/capture', { schema: { summary: 'Take what was authorised', params: ById, response: { 200: PaymentDone } } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => ({ status: 200, body: await capture(transaction, request.params.id, sub) }));
  });

  app.post('/v1/billing/payments/:id/void', { schema: { summary: 'Let go what was authorised', params: ById, response: { 200: PaymentDone } } }, async (request, reply) => {
    requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => ({ status: 200, body: await voidPayment(transaction, request.params.id) }));
  });
}
