/** What is done to one reservation: cancelling, giving and taking a room, checking in and out. */
import { Type } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { requireWriter } from '@tartware/kit/authenticate';
import type { Transaction } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import type { Answer } from '@tartware/kit/idempotency';
import { ById, Id, choice } from '@tartware/kit/resources';
import { cancellationFee } from '../model/cancellation.ts';
import { checkArrival } from '../model/check-in.ts';
import { EVENTS, Reservation } from '../model/reservation.ts';
import type { ReservationEvent } from '../model/reservation.ts';
import { statusAfter } from '../model/transitions.ts';
import { announce, changed, expected } from '../operations/announce.ts';
import { findRoom } from '../operations/ask.ts';
import type { Room } from '../operations/ask.ts';
import { callsOf } from '../operations/carry.ts';
import type { Engine } from '../operations/carry.ts';
import { checkInKind } from '../operations/check-in.ts';
import { checkOutKind } from '../operations/check-out.ts';
import { runOperation } from '../operations/run.ts';
import type { Begun, Draft } from '../operations/run.ts';
import { attempt } from '../store/attempt.ts';
import { beginOn } from '../store/operations.ts';
import { getProperty } from '../store/properties.ts';
import { ONE_STAY, setRoom, setStatus, takenNights } from '../store/reservations.ts';
import type { LockedReservation } from '../store/reservations.ts';
import { lockFree, roomTaken } from './existing.ts';

const Nothing = Type.Optional(Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()]));
const RoomChoice = Type.Object({ room_id: Id }, { additionalProperties: false });
const Settlement = Type.Object({
  settlement: Type.Optional(choice(['paid', 'city_ledger'], { description: 'paid: the balance is zero; city_ledger: the rest is owed by a company. paid unless told' })),
}, { additionalProperties: false });
const answers = { 200: Reservation };

/** `app` is behind `requireToken`. */
export function stayRoutes(app: App, engine: Engine): void {
  cancelRoute(app, engine);
  roomRoutes(app, engine);

  app.post('/v1/reservations/:id/check-in', { schema: { summary: 'Check in', params: ById, body: Nothing, response: answers } }, async (request, reply) =>
    runOperation(engine, request, reply, {
      name: 'check_in',
      kind: checkInKind,
      async begin(transaction, draft) {
        const { reservation, businessDate } = await lockFree(transaction, request, request.params.id);
        statusAfter('check_in', reservation.status);
        checkArrival(reservation, businessDate);
        return begun(transaction, draft, reservation, { property_id: reservation.property_id, room_id: expected(reservation.room_id ?? undefined) });
      },
    }));

  app.post('/v1/reservations/:id/check-out', { schema: { summary: 'Check out', params: ById, body: Type.Optional(Settlement), response: answers } }, async (request, reply) =>
    runOperation(engine, request, reply, {
      name: 'check_out',
      kind: checkOutKind,
      async begin(transaction, draft) {
        const { reservation } = await lockFree(transaction, request, request.params.id);
        statusAfter('check_out', reservation.status);
        // Not as it was read with the lock: that statement may have begun before the close of the day that it waited for.
        const { business_date } = expected(await getProperty(transaction, reservation.property_id));
        return begun(transaction, draft, reservation, { settlement: request.body?.settlement ?? 'paid', business_date });
      },
    }));
}

async function begun<Input extends object>(transaction: Transaction, draft: Draft, { id: reservation_id }: Reservation, input: Input): Promise<Begun<Input>> {
  const operation = { ...draft, reservation_id, group_id: null, input };
  const id = await beginOn(transaction, operation);
  return id === undefined ? undefined : { operation: { ...operation, id, idempotency_key: draft.key ?? null, request_hash: draft.hash ?? null } };
}

function cancelRoute(app: App, { database }: Engine): void {
  app.post('/v1/reservations/:id/cancel', { schema: { summary: 'Cancel', params: ById, body: Nothing, response: answers } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const { reservation: { id, status, cancellation_policy } } = await lockFree(transaction, request, request.params.id);
      const to = statusAfter('cancel', status);
      const fee = cancellationFee(expected(cancellation_policy ?? undefined), new Date());
      return announced(transaction, EVENTS.cancelled, await setStatus(transaction, { id, from: status, to, fee, by: sub }));
    });
  });
}

function roomRoutes(app: App, engine: Engine): void {
  const { database } = engine;

  app.post('/v1/reservations/:id/assign-room', { schema: { summary: 'Assign a room', params: ById, body: RoomChoice, response: answers } }, async (request, reply) => {
    const { tenant_id, sub } = requireWriter(request);
    const room = await findRoom(callsOf(engine, tenant_id), request.body.room_id);
    return idempotent(database, request, reply, async (transaction) => assign(transaction, await lockFree(transaction, request, request.params.id), room, sub));
  });

  app.post('/v1/reservations/:id/unassign-room', { schema: { summary: 'Take the room back', params: ById, body: Nothing, response: answers } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const { reservation } = await lockFree(transaction, request, request.params.id);
      statusAfter('unassign_room', reservation.status);
      if (reservation.room_id === null) {
        return changed(reservation);
      }
      return announced(transaction, EVENTS.roomUnassigned, await setRoom(transaction, reservation.id, null, sub));
    });
  });
}

async function assign(transaction: Transaction, { reservation }: LockedReservation, room: Room, by: string): Promise<Answer> {
  const { id, arrival, departure } = reservation;
  statusAfter('assign_room', reservation.status);
  checkRoom(room, reservation);
  if (reservation.room_id === room.id) {
    return changed(reservation);
  }
  const made = await attempt(transaction, ONE_STAY, () => setRoom(transaction, id, room.id, by));
  if (!made) {
    throw roomTaken(await takenNights(transaction, room.id, { arrival, departure, except: id }));
  }
  return announced(transaction, EVENTS.roomAssigned, made);
}

/** @throws Problem 409 `room_unsuitable` */
function checkRoom(room: Room, reservation: Reservation): void {
  const wrong = room.property_id !== reservation.property_id ? 'is in another property'
    : room.room_type_id !== reservation.room_type_id ? 'is of another type'
      : room.active === false ? 'is not in use any more' : undefined;
  if (wrong !== undefined) {
    throw new Problem({ status: 409, code: 'room_unsuitable', message: `The room ${wrong}.`, hint: 'Assign a room of the type that was reserved, or change the room type first.' });
  }
}

async function announced(transaction: Transaction, event: ReservationEvent, made: Reservation | undefined): Promise<Answer> {
  const reservation = expected(made);
  await announce(transaction, event, reservation);
  return changed(reservation);
}
