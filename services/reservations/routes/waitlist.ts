import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { ById, Id, PageQuery, etagOf, pageOf, toPage } from '@tartware/kit/resources';
import { checkStay } from '../model/change.ts';
import { NewWaitlistEntry, WaitlistEntry, WaitlistStatus } from '../model/waitlist.ts';
import { findGuest } from '../operations/ask.ts';
import { callsOf } from '../operations/carry.ts';
import type { Engine } from '../operations/carry.ts';
import { knownProperty } from '../operations/properties.ts';
import { endEntry, getEntry, insertEntry, listEntries } from '../store/waitlist.ts';
import { existing } from './existing.ts';

const Filters = Type.Object({ ...PageQuery.properties, property_id: Type.Optional(Id), status: Type.Optional(WaitlistStatus) });

/** `app` is behind `requireToken`. */
export function waitlistRoutes(app: App, engine: Engine): void {
  const { database } = engine;

  app.get('/v1/waitlist', { schema: { summary: 'List who waits', querystring: Filters, response: { 200: pageOf(WaitlistEntry) } } }, async (request) => {
    const { limit, ...filters } = request.query;
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => listEntries(transaction, filters, limit + 1));
    return toPage(found, limit);
  });

  app.post('/v1/waitlist', { schema: { summary: 'Wait for what is sold out', body: NewWaitlistEntry, response: { 201: WaitlistEntry } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const { body } = request;
    const [guest_id, property] = await Promise.all([findGuest(callsOf(engine, tenant_id), body.guest_id), knownProperty(engine, tenant_id, body.property_id)]);
    return idempotent(database, request, reply, async (transaction) => {
      checkStay(body, property.business_date);
      const made = await insertEntry(transaction, { ...body, guest_id });
      return { status: 201, body: made, headers: { etag: etagOf(made) } };
    });
  });

  app.delete('/v1/waitlist/:id', { schema: { summary: 'Wait no longer', params: ById, response: { 204: Type.Null() } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    await database.withTenant(tenant_id, async (transaction) => {
      existing(await getEntry(transaction, request.params.id), 'This waitlist entry');
      await endEntry(transaction, request.params.id, 'cancelled');
    });
    return reply.code(204).send(null);
  });
}
