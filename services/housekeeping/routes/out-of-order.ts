import { Type } from '@sinclair/typebox';
import { notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { Id, PageQuery, etagOf, pageOf, toPage } from '@tartware/kit/resources';
import { announceOutOfOrder } from '../announce.ts';
import { knownBusinessDate, knownRoom } from '../context.ts';
import type { HousekeepingContext } from '../context.ts';
import { NewOutOfOrder, OutOfOrder, requireNights } from '../model/out-of-order.ts';
import { getMaintenance } from '../store/maintenance.ts';
import { clearOutOfOrder, insertOutOfOrder, isOutOfOrderKnown, listOutOfOrder } from '../store/out-of-order.ts';
import { readerOf } from '../store/reader.ts';

const ById = Type.Object({ id: Id });
const Query = Type.Object({
  ...PageQuery.properties, property_id: Type.Optional(Id), room_id: Type.Optional(Id), cleared: Type.Optional(Type.Boolean({ description: 'true: also those that were cleared' })),
});

export function outOfOrderRoutes(app: App, context: HousekeepingContext): void {
  const { database } = context;

  app.get('/v1/housekeeping/out-of-order', { schema: { summary: 'List rooms out of order', querystring: Query, response: { 200: pageOf(OutOfOrder) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    return toPage(await listOutOfOrder(readerOf(database, claimsOf(request).tenant_id), filter, cursor, limit + 1), limit);
  });

  app.post('/v1/housekeeping/out-of-order', { schema: { summary: 'Put a room out of order', body: NewOutOfOrder, response: { 201: OutOfOrder } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const room = await knownRoom(context, tenant_id, request.body.room_id);
    requireNights(request.body, await knownBusinessDate(context, tenant_id, room.property_id));
    return idempotent(database, request, reply, async (transaction) => {
      const { maintenance_id } = request.body;
      if (maintenance_id !== undefined && (await getMaintenance(transaction, maintenance_id))?.room_id !== room.id) throw notFound('The maintenance request');
      const made = await insertOutOfOrder(transaction, room, request.body);
      await announceOutOfOrder(transaction, 'set', made);
      return { status: 201, body: made, headers: { location: `/v1/housekeeping/out-of-order/${made.id}`, etag: etagOf(made) } };
    });
  });

  app.delete('/v1/housekeeping/out-of-order/:id', { schema: { summary: 'Put a room back in order', params: ById } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    await database.withTenant(tenant_id, async (transaction) => {
      const cleared = await clearOutOfOrder(transaction, request.params.id);
      if (cleared) await announceOutOfOrder(transaction, 'cleared', cleared);
      // Cleared before: the answer got lost, or somebody else was faster.
      else if (!await isOutOfOrderKnown(transaction, request.params.id)) throw notFound('This room out of order');
    });
    return reply.code(204).send();
  });
}
