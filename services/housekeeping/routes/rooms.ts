import { Type } from '@sinclair/typebox';
import { notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import { Id, PageQuery, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { knownBusinessDate, knownRoom } from '../context.ts';
import type { HousekeepingContext } from '../context.ts';
import { CONDITION_CHANGES, Condition, Readiness, RoomChange, RoomStatus } from '../model/room.ts';
import { requireTransition } from '../model/transitions.ts';
import { changeRoomState } from '../room-state.ts';
import { readerOf } from '../store/reader.ts';
import { getStatus, listRooms } from '../store/rooms.ts';

const ByRoom = Type.Object({ room_id: Id });
const Query = Type.Object({ ...PageQuery.properties, property_id: Type.Optional(Id), condition: Type.Optional(Condition), occupied: Type.Optional(Type.Boolean()) });

export function roomRoutes(app: App, context: HousekeepingContext): void {
  const { database } = context;

  app.get('/v1/housekeeping/rooms', { schema: { summary: 'List rooms with their state', querystring: Query, response: { 200: pageOf(RoomStatus) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    const found = await listRooms(readerOf(database, claimsOf(request).tenant_id), filter, cursor, limit + 1);
    return toPage(found, limit, ({ room_id }) => room_id);
  });

  app.patch('/v1/housekeeping/rooms/:room_id', { schema: { summary: 'Set the condition of a room', params: ByRoom, body: RoomChange, response: { 200: RoomStatus } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const { condition } = request.body;
    const { id } = await knownRoom(context, tenant_id, request.params.room_id);
    const changed = await database.withTenant(tenant_id, (transaction) => changeRoomState(transaction, id, (state) => {
      requireMatch(request, state.version);
      requireTransition(CONDITION_CHANGES, 'The room', state.condition, condition);
      return { condition };
    }));
    return sendWithETag(reply, changed);
  });
}

/** `app` is behind a service's token. */
export function internalRoomRoutes(app: App, context: HousekeepingContext): void {
  app.get('/internal/rooms/:room_id/readiness', { schema: { summary: 'Say whether a room is ready', params: ByRoom, response: { 200: Readiness } } }, async (request) => {
    const { tenant_id } = claimsOf(request);
    const room = await knownRoom(context, tenant_id, request.params.room_id);
    // Whether it is out of order is a matter of the day that the property is at.
    await knownBusinessDate(context, tenant_id, room.property_id);
    const status = await getStatus(readerOf(context.database, tenant_id), room.id);
    if (!status) throw notFound('This room');
    return status;
  });
}
