import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import type { Transaction } from '@tartware/kit/database';
import { ById, Id, LocalDate, PageQuery, nightsOf, nullable, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { checkStay, planChange } from '../model/change.ts';
import { NewReservation, Reservation, ReservationChange, STATUSES, Status } from '../model/reservation.ts';
import { statusAfter } from '../model/transitions.ts';
import { entryTaken } from '../model/waitlist.ts';
import type { WaitlistEntry } from '../model/waitlist.ts';
import { changed } from '../operations/announce.ts';
import { findGuest } from '../operations/ask.ts';
import { callsOf } from '../operations/carry.ts';
import type { Engine } from '../operations/carry.ts';
import { changeKind } from '../operations/change.ts';
import type { ChangeInput } from '../operations/change.ts';
import { ensureProperty } from '../operations/properties.ts';
import { reserveKind } from '../operations/reserve.ts';
import type { ReserveInput } from '../operations/reserve.ts';
import { runOperation } from '../operations/run.ts';
import type { Begun, Draft } from '../operations/run.ts';
import { HistoryEntry, listHistory } from '../store/history.ts';
import { listReservations } from '../store/list.ts';
import { isViolation } from '../store/errors.ts';
import { beginOn, beginReserve } from '../store/operations.ts';
import type { Hold } from '../store/operations.ts';
import { GET, ONE_STAY, getReservation, takenNights } from '../store/reservations.ts';
import type { LockedReservation } from '../store/reservations.ts';
import { getEntry } from '../store/waitlist.ts';
import { existing, lockFree, roomTaken } from './existing.ts';

const Filters = Type.Object({
  ...PageQuery.properties,
  property_id: Type.Optional(Id),
  status: Type.Optional(Status),
  guest_id: Type.Optional(Id),
  room_id: Type.Optional(Id),
  group_id: Type.Optional(Id),
  arrival_from: Type.Optional(LocalDate),
  arrival_to: Type.Optional({ ...LocalDate, description: 'this day included' } as typeof LocalDate),
  departure_from: Type.Optional(LocalDate),
  departure_to: Type.Optional({ ...LocalDate, description: 'this day included' } as typeof LocalDate),
});
type Filters = Static<typeof Filters>;

const HistoryQuery = Type.Object({ limit: PageQuery.properties.limit, cursor: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'next_cursor of the page before' })) });
const History = Type.Object({ items: Type.Array(HistoryEntry), next_cursor: nullable(Type.String()) });

/** What could not be had, and what is not decided yet, shows only to who asks for it. */
const SHOWN = STATUSES.filter((status) => status !== 'requested' && status !== 'rejected');

/** `app` is behind `requireToken`. */
export function reservationRoutes(app: App, engine: Engine): void {
  const { database } = engine;

  app.get('/v1/reservations', { schema: { summary: 'List reservations', querystring: Filters, response: { 200: pageOf(Reservation) } } }, async (request) => {
    const { limit, status, ...filters } = request.query;
    return toPage(await listReservations(database, claimsOf(request).tenant_id, { ...filters, status: status === undefined ? SHOWN : [status] }, limit + 1), limit);
  });

  app.get('/v1/reservations/:id', { schema: { summary: 'Read a reservation', params: ById, response: { 200: Reservation } } }, async (request, reply) => {
    const [found] = await database.read<Reservation>(claimsOf(request).tenant_id, GET, [request.params.id]);
    return sendWithETag(reply, existing(found));
  });

  app.get('/v1/reservations/:id/history', { schema: { summary: 'Read what became of it', params: ById, querystring: HistoryQuery, response: { 200: History } } }, (request) =>
    database.withTenant(claimsOf(request).tenant_id, async (transaction) => {
      const { limit, cursor } = request.query;
      existing(await getReservation(transaction, request.params.id));
      return toPage(await listHistory(transaction, request.params.id, cursor ?? 0, limit + 1), limit, ({ version }) => String(version));
    }));

  app.post('/v1/reservations', { schema: { summary: 'Reserve', body: NewReservation, response: { 201: Reservation } }, config: { idempotencyKey: 'required' } }, async (request, reply) => {
    const { tenant_id } = claimsOf(request);
    const { children = 0, source = 'direct', ...body } = request.body;
    const wanted: ReserveInput = { ...body, children, source };
    return runOperation(engine, request, reply, {
      name: 'reserve',
      kind: reserveKind,
      keyRequired: true,
      async prepare() {
        checkStay(wanted, undefined);
        [wanted.guest_id] = await Promise.all([findGuest(callsOf(engine, tenant_id), body.guest_id), ensureProperty(engine, tenant_id, body.property_id)]);
      },
      begin: (transaction, draft) => beginReserving(transaction, draft, wanted),
    });
  });

  app.patch('/v1/reservations/:id', { schema: { summary: 'Change it', params: ById, body: ReservationChange, response: { 200: Reservation } } }, async (request, reply) => {
    const { tenant_id } = claimsOf(request);
    const change = { ...request.body };
    return runOperation(engine, request, reply, {
      name: 'change',
      kind: changeKind,
      async prepare() {
        if (change.guest_id !== undefined) change.guest_id = await findGuest(callsOf(engine, tenant_id), change.guest_id);
      },
      async begin(transaction, draft) {
        const locked = await lockFree(transaction, request, request.params.id);
        requireMatch(request, locked.reservation.version);
        return beginChanging(transaction, draft, locked, change);
      },
    });
  });
}

async function beginReserving(transaction: Transaction, draft: Draft, wanted: ReserveInput): Promise<Begun<ReserveInput>> {
  if (wanted.waitlist_entry_id !== undefined) {
    requireTakenUp(existing(await getEntry(transaction, wanted.waitlist_entry_id), 'This waitlist entry'), wanted);
  }
  const operation = { ...draft, reservation_id: null, group_id: null, input: wanted };
  const begun = await beginReserve(transaction, operation, wanted);
  checkStay(wanted, begun.business_date);
  if (begun.id === null || begun.reservation_id === null) {
    return undefined;
  }
  return { operation: { ...operation, id: begun.id, reservation_id: begun.reservation_id, idempotency_key: draft.key ?? null, request_hash: draft.hash ?? null } };
}

const OF_ENTRY = ['property_id', 'guest_id', 'room_type_id', 'arrival', 'departure'] as const;

/** @throws Problem 409 when the entry is no longer open, 422 when it is for somebody or something else */
function requireTakenUp(entry: WaitlistEntry, wanted: ReserveInput): void {
  if (!['waiting', 'offered'].includes(entry.status)) {
    throw entryTaken();
  }
  const different = OF_ENTRY.filter((field) => entry[field] !== wanted[field]);
  if (different.length > 0) {
    throw new Problem({
      status: 422, code: 'waitlist_entry_differs', message: 'The waitlist entry is for another stay.', hint: 'Reserve what it asks for, or leave waitlist_entry_id out.',
      errors: different.map((field) => ({ in: 'body', field: `/${field}`, message: `must be ${entry[field]} as in the waitlist entry` })),
    });
  }
}

async function beginChanging(transaction: Transaction, draft: Draft, locked: LockedReservation, change: ReservationChange): Promise<Begun<ChangeInput>> {
  const { reservation, lastRevision, businessDate } = locked;
  statusAfter('change', reservation.status);
  const plan = planChange(reservation, change, businessDate);
  if (plan.fields.length === 0) {
    return { answer: changed(reservation) };
  }
  const revision = lastRevision + 1;
  const input: ChangeInput = { ...plan, property_id: reservation.property_id, room_id: reservation.room_id, revision };
  const operation = { ...draft, reservation_id: reservation.id, group_id: null, input };
  const hold = { ...(plan.reallocates ? { revision } : {}), ...(await keepRoom(transaction, reservation, plan.wishes)) };
  const id = await beginOn(transaction, operation, hold).catch((error: unknown) => {
    throw isViolation(error, ONE_STAY) ? roomTaken(nightsOf(reservation.departure, plan.wishes.departure)) : error;
  });
  return id === undefined ? undefined : { operation: { ...operation, id, idempotency_key: draft.key ?? null, request_hash: draft.hash ?? null } };
}

/** Whoever is in house stays in the room or does not stay: it is kept before rooms is asked. @throws Problem 409 `room_taken` */
async function keepRoom(transaction: Transaction, { id, status, room_id, departure }: Reservation, wishes: { departure: string }): Promise<Hold> {
  if (status !== 'in_house' || room_id === null || wishes.departure <= departure) {
    return {};
  }
  const taken = await takenNights(transaction, room_id, { arrival: departure, departure: wishes.departure, except: id });
  if (taken.length > 0) {
    throw roomTaken(taken);
  }
  return { keepRoomUntil: wishes.departure };
}
