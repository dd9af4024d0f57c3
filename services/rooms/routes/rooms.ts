import { Type } from '@sinclair/typebox';
import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Transaction } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import { Id, etagOf, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { announce } from '../announce.ts';
import { dropOffers } from '../context.ts';
import type { RoomsContext } from '../context.ts';
import { recountTypes } from '../counting.ts';
import { NewRoom, Room, RoomChange, RoomWithType } from '../model/room.ts';
import { readerOf } from '../store/reader.ts';
import { getRoom, getRoomWithType, insertRoom, isNumberTaken, listRooms, lockRooms, updateRoom } from '../store/rooms.ts';
import { lockRoomTypes } from '../store/room-types.ts';
import { ById, OfProperty } from './queries.ts';

const Query = Type.Object({ ...OfProperty.properties, room_type_id: Type.Optional(Id) });

export function roomRoutes(app: App, context: RoomsContext): void {
  const { database } = context;

  app.get('/v1/rooms', { schema: { summary: 'List rooms', querystring: Query, response: { 200: pageOf(Room) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    return toPage(await listRooms(readerOf(database, claimsOf(request).tenant_id), filter, cursor, limit + 1), limit);
  });

  app.get('/v1/rooms/:id', { schema: { summary: 'Read a room', params: ById, response: { 200: Room } } }, async (request, reply) => {
    const found = await getRoom(readerOf(database, claimsOf(request).tenant_id), request.params.id);
    if (!found) throw notFound('This room');
    return sendWithETag(reply, found);
  });

  app.post('/v1/rooms', {
    schema: { summary: 'Make a room', body: NewRoom, response: { 201: Room } },
    // After the commit and before the answer leaves: who reads it finds new offers.
    onSend: async (request, reply) => {
      if (reply.statusCode === 201) await dropOffers(context, claimsOf(request).tenant_id, request.body.property_id);
    },
  }, async (request, reply) => {
    requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const made = await makeRoom(transaction, request.body);
      return { status: 201, body: made, headers: { location: `/v1/rooms/${made.id}`, etag: etagOf(made) } };
    });
  });

  app.patch('/v1/rooms/:id', { schema: { summary: 'Change a room, or take it out of use', params: ById, body: RoomChange, response: { 200: Room } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const changed = await database.withTenant(tenant_id, async (transaction) => {
      const [room] = await lockRooms(transaction, [request.params.id]);
      if (!room) throw notFound('This room');
      requireMatch(request, room.version);
      return changeRoom(transaction, room, request.body);
    });
    await dropOffers(context, tenant_id, changed.property_id);
    return sendWithETag(reply, changed);
  });
}

/** `app` is behind a service's token. */
export function internalRoomRoutes(app: App, { database }: RoomsContext): void {
  app.get('/internal/rooms/:id', { schema: { summary: 'Read a room with its type', params: ById, response: { 200: RoomWithType } } }, async (request) => {
    const found = await getRoomWithType(readerOf(database, claimsOf(request).tenant_id), request.params.id);
    if (!found) throw notFound('This room');
    return found;
  });
}

async function makeRoom(transaction: Transaction, room: NewRoom): Promise<Room> {
  await lockTypes(transaction, room.property_id, [room.room_type_id]);
  const made = await insertRoom(transaction, room);
  if (!made) throw numberTaken(room.number);
  await announce(transaction, 'room', 'created', made);
  await recountTypes(transaction, [room]);
  return made;
}

async function changeRoom(transaction: Transaction, room: Room, change: RoomChange): Promise<Room> {
  const wanted = { ...room, ...change };
  const types = [...new Set([room.room_type_id, wanted.room_type_id])];
  await lockTypes(transaction, room.property_id, types);
  if (await isNumberTaken(transaction, wanted)) throw numberTaken(wanted.number);
  const updated = await updateRoom(transaction, room, change);
  if (!updated) throw new Error('A locked room is gone.');
  await announce(transaction, 'room', 'updated', updated);
  if (types.length > 1 || room.active !== updated.active) await recountTypes(transaction, types.map((room_type_id) => ({ property_id: room.property_id, room_type_id })));
  return updated;
}

/** All of them of this property. */
async function lockTypes(transaction: Transaction, propertyId: string, ids: readonly string[]): Promise<void> {
  const types = await lockRoomTypes(transaction, ids);
  if (types.filter(({ property_id }) => property_id === propertyId).length !== ids.length) throw notFound('The room type');
}

function numberTaken(number: string): Problem {
  return new Problem({ status: 409, code: 'room_number_taken', message: `The property has a room ${number} already.`, hint: 'Choose another number.' });
}
