import { Type } from '@sinclair/typebox';
import { notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { Id, PageQuery, choice, etagOf, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { knownRoom } from '../context.ts';
import type { HousekeepingContext } from '../context.ts';
import { MAINTENANCE_STATES, MAINTENANCE_TRANSITIONS, Maintenance, MaintenanceChange, NewMaintenance } from '../model/maintenance.ts';
import { requireTransition } from '../model/transitions.ts';
import { getMaintenance, insertMaintenance, listMaintenance, lockMaintenance, updateMaintenance } from '../store/maintenance.ts';
import { readerOf } from '../store/reader.ts';

const ById = Type.Object({ id: Id });
const Query = Type.Object({ ...PageQuery.properties, property_id: Type.Optional(Id), room_id: Type.Optional(Id), state: Type.Optional(choice(MAINTENANCE_STATES)) });

export function maintenanceRoutes(app: App, context: HousekeepingContext): void {
  const { database } = context;

  app.get('/v1/housekeeping/maintenance', { schema: { summary: 'List maintenance requests', querystring: Query, response: { 200: pageOf(Maintenance) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    return toPage(await listMaintenance(readerOf(database, claimsOf(request).tenant_id), filter, cursor, limit + 1), limit);
  });

  app.get('/v1/housekeeping/maintenance/:id', { schema: { summary: 'Read a maintenance request', params: ById, response: { 200: Maintenance } } }, async (request, reply) => {
    const found = await getMaintenance(readerOf(database, claimsOf(request).tenant_id), request.params.id);
    if (!found) throw notFound('This maintenance request');
    return sendWithETag(reply, found);
  });

  app.post('/v1/housekeeping/maintenance', { schema: { summary: 'Ask for maintenance', body: NewMaintenance, response: { 201: Maintenance } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const { property_id } = await knownRoom(context, tenant_id, request.body.room_id);
    return idempotent(database, request, reply, async (transaction) => {
      const made = await insertMaintenance(transaction, property_id, request.body);
      return { status: 201, body: made, headers: { location: `/v1/housekeeping/maintenance/${made.id}`, etag: etagOf(made) } };
    });
  });

  app.patch('/v1/housekeeping/maintenance/:id', { schema: { summary: 'Change a maintenance request', params: ById, body: MaintenanceChange, response: { 200: Maintenance } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const changed = await database.withTenant(tenant_id, async (transaction) => {
      const found = await lockMaintenance(transaction, request.params.id);
      if (!found) throw notFound('This maintenance request');
      requireMatch(request, found.version);
      requireTransition(MAINTENANCE_TRANSITIONS, 'The maintenance request', found.state, request.body.state ?? found.state);
      return updateMaintenance(transaction, found, request.body);
    });
    return sendWithETag(reply, changed);
  });
}
