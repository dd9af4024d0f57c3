/** What each reservation holds. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Allocation, Held, Wanted } from '../model/allocation.ts';

export interface KeptAllocation extends Held {
  reservation_id: string;
  /** The reservation has ended: nothing is taken for it any more. */
  closed: boolean;
}

const COLUMNS = `reservation_id, revision, property_id, room_type_id, rate_plan_id, arrival, departure, held_until, adults, children, currency, nights, total_minor,
  cancellation_policy, closed`;

const LOCK: Statement = { operation: 'allocations.lock', text: `select ${COLUMNS} from allocations where reservation_id = any($1::uuid[]) order by reservation_id for update` };
const INSERT: Statement = {
  operation: 'allocations.insert',
  text: `insert into allocations (tenant_id, ${COLUMNS}) values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    on conflict (tenant_id, reservation_id) do nothing returning reservation_id`,
};
const UPDATE: Statement = {
  operation: 'allocations.update',
  text: `update allocations set revision = $2, property_id = $3, room_type_id = $4, rate_plan_id = $5, arrival = $6, departure = $7, held_until = $8, adults = $9,
    children = $10, currency = $11, nights = $12, total_minor = $13, cancellation_policy = $14, closed = $15, updated_at = now() where reservation_id = $1`,
};
const CLOSE: Statement = {
  operation: 'allocations.close',
  text: `update allocations a set closed = true, held_until = ended.held_until, updated_at = now()
    from unnest($1::uuid[], $2::date[]) ended(reservation_id, held_until) where a.tenant_id = current_tenant() and a.reservation_id = ended.reservation_id`,
};

/** Until the transaction ends nobody else changes them. @returns those that exist, by reservation */
export function lockAllocations(transaction: Transaction, reservationIds: readonly string[]): Promise<KeptAllocation[]> {
  return transaction.query<KeptAllocation>(LOCK, [reservationIds]);
}

/** @returns false when somebody else has just written one for this reservation */
export async function insertAllocation(transaction: Transaction, allocation: KeptAllocation): Promise<boolean> {
  const made = await transaction.query(INSERT, values(allocation));
  return made.length > 0;
}

export async function updateAllocation(transaction: Transaction, allocation: KeptAllocation): Promise<void> {
  await transaction.query(UPDATE, values(allocation));
}

/** Nothing is taken for them any more; nights from `held_until` on are given back. */
export async function closeAllocations(transaction: Transaction, ended: readonly Pick<KeptAllocation, 'reservation_id' | 'held_until'>[]): Promise<void> {
  await transaction.query(CLOSE, [ended.map(({ reservation_id }) => reservation_id), ended.map(({ held_until }) => held_until)]);
}

function values(allocation: KeptAllocation): unknown[] {
  const { reservation_id, revision, property_id, room_type_id, rate_plan_id, arrival, departure, held_until, adults, children, currency, closed } = allocation;
  return [
    reservation_id, revision, property_id, room_type_id, rate_plan_id, arrival, departure, held_until, adults, children, currency,
    JSON.stringify(allocation.nights), allocation.total_minor, JSON.stringify(allocation.cancellation_policy), closed,
  ];
}

export function heldFrom(reservationId: string, wanted: Wanted, allocation: Allocation): KeptAllocation {
  const { property_id, room_type_id, rate_plan_id, arrival, departure, adults, children } = wanted;
  return { reservation_id: reservationId, property_id, room_type_id, rate_plan_id, arrival, departure, held_until: departure, adults, children, closed: false, ...allocation };
}

export function answerOf({ revision, currency, nights, total_minor, cancellation_policy }: Held): Allocation {
  return { revision, currency, nights, total_minor, cancellation_policy };
}
