/** Operations as they are written down: before the first call leaves, and when they end. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Answer } from '@tartware/kit/idempotency';
import type { NewOperation, Operation } from '../operations/operation.ts';

const COLUMNS = 'id, kind, reservation_id, group_id, idempotency_key, encode(request_hash, \'hex\') as request_hash, input, started_by';

/** Null when no operation has the key; `kept` is what was answered, by an operation or by another route. */
export interface Known {
  operation_id: string | null;
  state: 'running' | 'done' | null;
  request_hash: string | null;
  kept: boolean;
}

/** Nor by a route that is no operation. @param parameter of the key */
function unusedKey(parameter: string): string {
  return `not exists (select from idempotency_keys where tenant_id = current_tenant() and key = ${parameter})`;
}

const KNOWN: Statement = {
  operation: 'operations.known',
  text: `select o.id as operation_id, o.state, encode(o.request_hash, 'hex') as request_hash, k.key is not null as kept
    from (values ($1)) asked (key)
    left join operations o on o.idempotency_key = asked.key and o.state <> 'refused' and o.tenant_id = current_tenant()
    left join idempotency_keys k on k.key = asked.key and k.tenant_id = current_tenant()`,
};
const INSERT = `insert into operations (tenant_id, kind, reservation_id, group_id, idempotency_key, request_hash, input, started_by, lease_until)`;
const ON_CONFLICT = 'on conflict (tenant_id, idempotency_key) where state <> \'refused\' do nothing returning id';

const BEGIN_RESERVE: Statement = {
  operation: 'operations.begin_reserve',
  text: `with ids as materialized (select uuidv7() as reservation_id),
    property as (select business_date from properties where id = $7),
    operation as (
      ${INSERT} select current_tenant(), $1, ids.reservation_id, null, $2, decode($3, 'hex'), $4, $5, now() + make_interval(secs => $6)
        from ids, property where property.business_date <= $11 and ${unusedKey('$2')} ${ON_CONFLICT}, reservation_id),
    made as (
      insert into reservations (tenant_id, id, property_id, guest_id, status, last_revision, room_type_id, rate_plan_id, arrival, departure, room_nights, adults, children, source, operation_id, changed_by)
        select current_tenant(), operation.reservation_id, $7, coalesce((select into_id from guest_merges where from_id = $8), $8), 'requested', 1, $9, $10, $11, $12, daterange($11, $12), $13, $14, $15, operation.id, $5 from operation)
    select property.business_date, operation.id, operation.reservation_id from property left join operation on true`,
};
const BEGIN_ON: Statement = {
  operation: 'operations.begin_on',
  text: `with operation as (
      ${INSERT} select current_tenant(), $1, $2::uuid, $3::uuid, $4, decode($5, 'hex'), $6, $7, now() + make_interval(secs => $8) where ${unusedKey('$4')} ${ON_CONFLICT}),
    held as (
      update reservations r set operation_id = operation.id, last_revision = coalesce($9, last_revision), room_nights = daterange(arrival, greatest(departure, $10::date))
        from operation where r.id = $2)
    select id from operation`,
};
const FINISH: Statement = {
  operation: 'operations.finish',
  text: 'update operations set state = $2, finished_at = now() where id = $1 and state = \'running\' returning id',
};
const CALL_REFUSED: Statement = { operation: 'operations.call_refused', text: 'update operations set state = \'refused\' where id = $1' };
/** As the kit's `keepAnswer`, but a key that another route used meanwhile must not stop an operation whose effect cannot be undone. */
const KEEP: Statement = {
  operation: 'operations.keep_answer',
  text: `insert into idempotency_keys (tenant_id, key, request_hash, status, body, headers) values (current_tenant(), $1, decode($2, 'hex'), $3, $4, $5) on conflict do nothing`,
};
const TAKE: Statement = {
  operation: 'operations.take',
  text: `update operations set lease_until = now() + make_interval(secs => $2) where id = $1 and state = 'running' and lease_until < now() returning ${COLUMNS}`,
};
const LET_GO: Statement = {
  operation: 'operations.let_go',
  text: 'update operations set lease_until = now() + make_interval(secs => $2) where id = $1 and state = \'running\'',
};
const ABANDONED: Statement = {
  operation: 'operations.abandoned',
  text: 'select tenant_id, id from operations where state = \'running\' and lease_until < now() order by lease_until limit $1',
};
const PURGE: Statement = {
  operation: 'operations.purge',
  text: 'delete from operations where ctid = any (array(select ctid from operations where state <> \'running\' and created_at < now() - make_interval(hours => $1) limit $2)) returning tenant_id',
};
const PURGE_REJECTED: Statement = {
  operation: 'reservations.purge_rejected',
  text: 'delete from reservations where status = \'rejected\' and updated_at < now() - make_interval(hours => $1)',
};

export async function findKnown(transaction: Transaction, key: string): Promise<Known | undefined> {
  const [known] = await transaction.query<Known>(KNOWN, [key]);
  return known && (known.operation_id !== null || known.kept) ? known : undefined;
}

const valuesOf = ({ kind, reservation_id, group_id, key, hash, input, started_by, leaseSeconds }: NewOperation): unknown[] =>
  [kind, reservation_id, group_id, key ?? null, hash ?? null, JSON.stringify(input), started_by, leaseSeconds];

export interface NewRequest {
  property_id: string;
  guest_id: string;
  room_type_id: string;
  rate_plan_id: string;
  arrival: string;
  departure: string;
  adults: number;
  children: number;
  source: string;
}

export interface Begun {
  business_date: string;
  /** Null when nothing was written: the business date is past the arrival, or the key is known. */
  id: string | null;
  reservation_id: string | null;
}

/** Writes down the operation and the reservation that it asks for, in one statement. */
export async function beginReserve(transaction: Transaction, operation: NewOperation, request: NewRequest): Promise<Begun> {
  const { property_id, guest_id, room_type_id, rate_plan_id, arrival, departure, adults, children, source } = request;
  const [kind, , , ...rest] = valuesOf(operation);
  const values = [kind, ...rest, property_id, guest_id, room_type_id, rate_plan_id, arrival, departure, adults, children, source];
  const [begun] = await transaction.query<Begun>(BEGIN_RESERVE, values);
  if (!begun) {
    throw new Error('The property is not kept here: it must be before anything is reserved in it.');
  }
  return begun;
}

export interface Hold {
  /** The allocation that will be asked for. */
  revision?: number;
  /** The room is kept until then at least, while the operation runs. */
  keepRoomUntil?: string;
}

/**
 * Writes down an operation on a reservation that the transaction has locked.
 * @returns its id, or nothing when the key is known; @throws pg's error 23P01 when the room is not free for `keepRoomUntil`
 */
export async function beginOn(transaction: Transaction, operation: NewOperation, { revision, keepRoomUntil }: Hold = {}): Promise<string | undefined> {
  const [begun] = await transaction.query<{ id: string }>(BEGIN_ON, [...valuesOf(operation), revision ?? null, keepRoomUntil ?? null]);
  return begun?.id;
}

/** @returns whether it was still running: of two who carry it only one ends it */
export async function finish(transaction: Transaction, id: string, state: 'done' | 'refused'): Promise<boolean> {
  return (await transaction.query<{ id: string }>(FINISH, [id, state])).length === 1;
}

/** In the transaction that finished it: what was done was to put everything back, so that its key is free again. */
export async function callRefused(transaction: Transaction, id: string): Promise<void> {
  await transaction.query(CALL_REFUSED, [id]);
}

export async function keepAnswer(transaction: Transaction, { idempotency_key, request_hash }: Operation, { status, body, headers = {} }: Answer): Promise<void> {
  if (idempotency_key !== null) {
    await transaction.query(KEEP, [idempotency_key, request_hash, status, JSON.stringify(body ?? null), JSON.stringify(headers)]);
  }
}

/** @returns nothing when it has ended or somebody has it */
export async function take(transaction: Transaction, id: string, seconds: number): Promise<Operation | undefined> {
  const [taken] = await transaction.query<Operation>(TAKE, [id, seconds]);
  return taken;
}

/** @param seconds until somebody may take it */
export async function letGo(transaction: Transaction, id: string, seconds: number): Promise<void> {
  await transaction.query(LET_GO, [id, seconds]);
}

/** In a transaction of the sweeper, of all tenants. */
export function findAbandoned(transaction: Transaction, limit: number): Promise<{ tenant_id: string; id: string }[]> {
  return transaction.query(ABANDONED, [limit]);
}

/** In a transaction of the sweeper. @returns the tenants whose operations were taken away */
export async function purgeOperations(transaction: Transaction, hours: number, limit: number): Promise<string[]> {
  const purged = await transaction.query<{ tenant_id: string }>(PURGE, [hours, limit]);
  return [...new Set(purged.map(({ tenant_id }) => tenant_id))];
}

/** In a transaction of a tenant. */
export async function purgeRejected(transaction: Transaction, hours: number): Promise<void> {
  await transaction.query(PURGE_REJECTED, [hours]);
}
