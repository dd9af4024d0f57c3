import { notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { etagOf, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { announce } from '../announce.ts';
import { dropOffers, knownProperty } from '../context.ts';
import type { RoomsContext } from '../context.ts';
import { requireWholeTerms } from '../model/cancellation.ts';
import { NewRatePlan, RatePlan, RatePlanChange } from '../model/rate-plan.ts';
import { getRatePlan, insertRatePlan, listRatePlans, lockRatePlan, updateRatePlan } from '../store/rate-plans.ts';
import { readerOf } from '../store/reader.ts';
import { ById, OfProperty, codeTaken } from './queries.ts';

export function ratePlanRoutes(app: App, context: RoomsContext): void {
  const { database } = context;

  app.get('/v1/rate-plans', { schema: { summary: 'List rate plans', querystring: OfProperty, response: { 200: pageOf(RatePlan) } } }, async (request) => {
    const { limit, cursor, property_id } = request.query;
    return toPage(await listRatePlans(readerOf(database, claimsOf(request).tenant_id), property_id, cursor, limit + 1), limit);
  });

  app.get('/v1/rate-plans/:id', { schema: { summary: 'Read a rate plan', params: ById, response: { 200: RatePlan } } }, async (request, reply) => {
    const found = await getRatePlan(readerOf(database, claimsOf(request).tenant_id), request.params.id);
    if (!found) throw notFound('This rate plan');
    return sendWithETag(reply, found);
  });

  app.post('/v1/rate-plans', { schema: { summary: 'Make a rate plan', body: NewRatePlan, response: { 201: RatePlan } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    requireWholeTerms(request.body.cancellation);
    await knownProperty(context, tenant_id, request.body.property_id);
    return idempotent(database, request, reply, async (transaction) => {
      const made = await insertRatePlan(transaction, request.body);
      if (!made) throw codeTaken('rate_plan', request.body.code);
      await announce(transaction, 'rate_plan', 'created', made);
      return { status: 201, body: made, headers: { location: `/v1/rate-plans/${made.id}`, etag: etagOf(made) } };
    });
  });

  app.patch('/v1/rate-plans/:id', { schema: { summary: 'Change a rate plan', params: ById, body: RatePlanChange, response: { 200: RatePlan } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    if (request.body.cancellation) requireWholeTerms(request.body.cancellation);
    const changed = await database.withTenant(tenant_id, async (transaction) => {
      const plan = await lockRatePlan(transaction, request.params.id);
      if (!plan) throw notFound('This rate plan');
      requireMatch(request, plan.version);
      const updated = await updateRatePlan(transaction, plan, request.body);
      if (!updated) throw new Error('A locked rate plan is gone.');
      await announce(transaction, 'rate_plan', 'updated', updated);
      return updated;
    });
    await dropOffers(context, tenant_id, changed.property_id);
    return sendWithETag(reply, changed);
  });
}
