/** The close of a day: what it must look at, and what it answered. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Reservation } from '../model/reservation.ts';
import { COLUMNS } from './reservations.ts';

const LOCK_DATE: Statement = { operation: 'properties.lock', text: 'select business_date from properties where id = $1 for no key update' };
const MOVE_DATE: Statement = { operation: 'properties.move_date', text: 'update properties set business_date = $2 where id = $1' };
const SNAPSHOT: Statement = { operation: 'business_days.get', text: 'select snapshot from business_days where property_id = $1 and date = $2' };
const KEEP: Statement = {
  operation: 'business_days.keep',
  text: 'insert into business_days (tenant_id, property_id, date, snapshot) values (current_tenant(), $1, $2, $3)',
};
// In the order of their ids, as every transaction that locks several.
const LOCK_OPEN: Statement = {
  operation: 'business_days.lock_open',
  text: `select ${COLUMNS}, r.operation_id from reservations r where property_id = $1 and arrival <= $2 and status in ('confirmed', 'in_house') order by id for no key update`,
};

export interface ClosedDay {
  date: string;
  in_house: { reservation_id: string; room_id: string; guest_id: string; amount_minor: number; currency: string }[];
  no_shows: { reservation_id: string; guest_id: string; fee_minor: number; currency: string }[];
}

/** @returns the business date, which nobody moves until the transaction ends; nothing when the property is not known here */
export async function lockDate(transaction: Transaction, propertyId: string): Promise<string | undefined> {
  const [found] = await transaction.query<{ business_date: string }>(LOCK_DATE, [propertyId]);
  return found?.business_date;
}

export async function findClosed(transaction: Transaction, propertyId: string, date: string): Promise<ClosedDay | undefined> {
  const [found] = await transaction.query<{ snapshot: ClosedDay }>(SNAPSHOT, [propertyId, date]);
  return found?.snapshot;
}

export interface OpenStay extends Reservation {
  operation_id: string | null;
}

/** @returns whoever should have arrived by `date` or is in house; nobody changes them until the transaction ends */
export function lockOpen(transaction: Transaction, propertyId: string, date: string): Promise<OpenStay[]> {
  return transaction.query<OpenStay>(LOCK_OPEN, [propertyId, date]);
}

export async function keepClosed(transaction: Transaction, propertyId: string, closed: ClosedDay, next: string): Promise<void> {
  await Promise.all([
    transaction.query(KEEP, [propertyId, closed.date, JSON.stringify(closed)]),
    transaction.query(MOVE_DATE, [propertyId, next]),
  ]);
}
