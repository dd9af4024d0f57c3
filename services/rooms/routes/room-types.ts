import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { idempotent } from '@tartware/kit/idempotency';
import { etagOf, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { announce } from '../announce.ts';
import { dropOffers, knownProperty } from '../context.ts';
import type { RoomsContext } from '../context.ts';
import { NewRoomType, RoomType, RoomTypeChange } from '../model/room-type.ts';
import type { Capacity } from '../model/room-type.ts';
import { readerOf } from '../store/reader.ts';
import { getRoomType, insertRoomType, listRoomTypes, lockRoomTypes, updateRoomType } from '../store/room-types.ts';
import { ById, OfProperty, codeTaken } from './queries.ts';

export function roomTypeRoutes(app: App, context: RoomsContext): void {
  const { database } = context;

  app.get('/v1/room-types', { schema: { summary: 'List room types', querystring: OfProperty, response: { 200: pageOf(RoomType) } } }, async (request) => {
    const { limit, cursor, property_id } = request.query;
    return toPage(await listRoomTypes(readerOf(database, claimsOf(request).tenant_id), property_id, cursor, limit + 1), limit);
  });

  app.get('/v1/room-types/:id', { schema: { summary: 'Read a room type', params: ById, response: { 200: RoomType } } }, async (request, reply) => {
    const found = await getRoomType(readerOf(database, claimsOf(request).tenant_id), request.params.id);
    if (!found) throw notFound('This room type');
    return sendWithETag(reply, found);
  });

  app.post('/v1/room-types', { schema: { summary: 'Make a room type', body: NewRoomType, response: { 201: RoomType } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    requireBaseWithin(request.body);
    await knownProperty(context, tenant_id, request.body.property_id);
    return idempotent(database, request, reply, async (transaction) => {
      const made = await insertRoomType(transaction, request.body);
      if (!made) throw codeTaken('room_type', request.body.code);
      await announce(transaction, 'room_type', 'created', made);
      return { status: 201, body: made, headers: { location: `/v1/room-types/${made.id}`, etag: etagOf(made) } };
    });
  });

  app.patch('/v1/room-types/:id', { schema: { summary: 'Change a room type', params: ById, body: RoomTypeChange, response: { 200: RoomType } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const changed = await database.withTenant(tenant_id, async (transaction) => {
      const [type] = await lockRoomTypes(transaction, [request.params.id]);
      if (!type) throw notFound('This room type');
      requireMatch(request, type.version);
      requireBaseWithin({ ...type, ...request.body });
      const updated = await updateRoomType(transaction, type, request.body);
      if (!updated) throw new Error('A locked room type is gone.');
      await announce(transaction, 'room_type', 'updated', updated);
      return updated;
    });
    await dropOffers(context, tenant_id, changed.property_id);
    return sendWithETag(reply, changed);
  });
}

function requireBaseWithin({ base_occupancy, capacity_adults, capacity_children }: Capacity): void {
  const capacity = capacity_adults + capacity_children;
  if (base_occupancy > capacity) {
    throw new Problem({
      status: 400, code: 'validation_failed', message: `The rate cannot cover ${base_occupancy} persons where ${capacity} fit.`, hint: 'Correct the fields named in "errors".',
      errors: [{ in: 'body', field: '/base_occupancy', message: `is more than capacity_adults and capacity_children together, ${capacity}` }],
    });
  }
}
