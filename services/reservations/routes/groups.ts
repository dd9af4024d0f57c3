import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Transaction } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import { ById, Id, PageQuery, pageOf, sendWithETag, toPage } from '@tartware/kit/resources';
import { cancellationFee } from '../model/cancellation.ts';
import { checkStay } from '../model/change.ts';
import { Group, GroupWithReservations, NewGroup } from '../model/group.ts';
import { EVENTS } from '../model/reservation.ts';
import { illegalTransition, isLegal } from '../model/transitions.ts';
import { announce, expected } from '../operations/announce.ts';
import { findGuest } from '../operations/ask.ts';
import { callsOf } from '../operations/carry.ts';
import type { Engine } from '../operations/carry.ts';
import { groupKind } from '../operations/group.ts';
import type { GroupInput } from '../operations/group.ts';
import { ensureProperty } from '../operations/properties.ts';
import { runOperation } from '../operations/run.ts';
import type { Begun, Draft } from '../operations/run.ts';
import { getGroup, insertGroup, insertMembers, listGroups, lockMembers, membersOf, newIds, setGroupStatus } from '../store/groups.ts';
import { beginOn } from '../store/operations.ts';
import { setStatus } from '../store/reservations.ts';
import { existing, operationInProgress } from './existing.ts';

const Filters = Type.Object({ ...PageQuery.properties, property_id: Type.Optional(Id) });
const Nothing = Type.Optional(Type.Union([Type.Object({}, { additionalProperties: false }), Type.Null()]));
type Wanted = Static<typeof NewGroup>['reservations'][number];

/** `app` is behind `requireToken`. */
export function groupRoutes(app: App, engine: Engine): void {
  const { database } = engine;

  app.get('/v1/groups', { schema: { summary: 'List groups', querystring: Filters, response: { 200: pageOf(Group) } } }, async (request) => {
    const { limit, cursor, property_id } = request.query;
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => listGroups(transaction, property_id, cursor, limit + 1));
    return toPage(found, limit);
  });

  app.get('/v1/groups/:id', { schema: { summary: 'Read a group', params: ById, response: { 200: GroupWithReservations } } }, async (request, reply) => {
    const { id } = request.params;
    const found = await database.withTenant(claimsOf(request).tenant_id, async (transaction) =>
      ({ ...existing(await getGroup(transaction, id), 'This group'), reservations: await membersOf(transaction, id) }));
    return sendWithETag(reply, found);
  });

  app.post('/v1/groups', { schema: { summary: 'Reserve for a group', body: NewGroup, response: { 201: GroupWithReservations } }, config: { idempotencyKey: 'required' } }, async (request, reply) => {
    const { tenant_id } = claimsOf(request);
    const { body } = request;
    let guests: readonly string[] = [];
    return runOperation(engine, request, reply, {
      name: 'group',
      kind: groupKind,
      keyRequired: true,
      async prepare() {
        body.reservations.forEach((wanted) => checkStay(wanted, undefined));
        guests = await knownGuests(engine, tenant_id, body.reservations);
        await ensureProperty(engine, tenant_id, body.property_id);
      },
      begin: (transaction, draft) => beginGroup(transaction, draft, body, guests),
    });
  });

  app.post('/v1/groups/:id/cancel', { schema: { summary: 'Cancel all of a group that can be', params: ById, body: Nothing, response: { 200: GroupWithReservations } } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => ({ status: 200, body: await cancelGroup(transaction, request.params.id, sub) }));
  });
}

/** @returns in the order of `wanted`; each guest is asked for once */
async function knownGuests(engine: Engine, tenantId: string, wanted: readonly Wanted[]): Promise<string[]> {
  const ids = [...new Set(wanted.map(({ guest_id }) => guest_id))];
  const found = new Map(await Promise.all(ids.map(async (id) => [id, await findGuest(callsOf(engine, tenantId), id)] as const)));
  return wanted.map(({ guest_id }) => found.get(guest_id) ?? guest_id);
}

async function beginGroup(transaction: Transaction, draft: Draft, body: NewGroup, guests: readonly string[]): Promise<Begun<GroupInput>> {
  const { property_id, name, mode = 'all_or_nothing', reservations } = body;
  const ids = existing(await newIds(transaction, property_id, reservations.length), 'This property');
  reservations.forEach((wanted) => checkStay(wanted, ids.business_date));
  const members = reservations.map(({ children = 0, ...wanted }, index) => ({ ...wanted, children, id: ids.ids[index] ?? '', guest_id: guests[index] ?? wanted.guest_id }));
  const group = { id: ids.group_id, property_id, name, mode };
  const operation = { ...draft, reservation_id: null, group_id: group.id, input: { property_id, mode, members } };
  const id = await beginOn(transaction, operation);
  if (id === undefined) {
    return undefined;
  }
  await insertGroup(transaction, group);
  await insertMembers(transaction, group, members, { id, started_by: draft.started_by });
  return { operation: { ...operation, id, idempotency_key: draft.key ?? null, request_hash: draft.hash ?? null } };
}

/** Who is in house stays; with nobody left to cancel it is refused. */
async function cancelGroup(transaction: Transaction, id: string, by: string): Promise<GroupWithReservations> {
  const group = existing(await getGroup(transaction, id), 'This group');
  const members = await lockMembers(transaction, id);
  if (members.some(({ operation_id }) => operation_id !== null)) {
    throw operationInProgress();
  }
  const open = members.filter(({ status }) => isLegal('cancel', status));
  if (open.length === 0) {
    throw illegalTransition('cancel', members[0]?.status ?? 'rejected');
  }
  const now = new Date();
  for (const { id: memberId, status, cancellation_policy } of open) {
    const fee = cancellationFee(expected(cancellation_policy ?? undefined), now);
    await announce(transaction, EVENTS.cancelled, expected(await setStatus(transaction, { id: memberId, from: status, to: 'cancelled', fee, by })));
  }
  const left = await membersOf(transaction, id);
  const over = left.every(({ status }) => !['confirmed', 'in_house'].includes(status));
  const changed = over ? await setGroupStatus(transaction, id, 'cancelled') : undefined;
  return { ...(changed ?? group), reservations: left };
}
