/** Rooms that housekeeping has taken out of order, as its events tell. */
import type { Statement, Transaction } from '@tartware/kit/database';

export interface OutOfOrder {
  id: string;
  property_id: string;
  room_id: string;
  /** Nights `[first_date, end_date)`. */
  first_date: string;
  end_date: string;
}

const LOCK: Statement = { operation: 'out_of_order.lock', text: 'select id, property_id, room_id, first_date, end_date from out_of_order where id = $1 for update' };
const PUT: Statement = {
  operation: 'out_of_order.put',
  text: `insert into out_of_order (tenant_id, id, property_id, room_id, first_date, end_date) values (current_tenant(), $1, $2, $3, $4, $5)
    on conflict (tenant_id, id) do update set first_date = excluded.first_date, end_date = excluded.end_date`,
};
const DELETE: Statement = { operation: 'out_of_order.delete', text: 'delete from out_of_order where id = $1' };

export async function lockOutOfOrder(transaction: Transaction, id: string): Promise<OutOfOrder | undefined> {
  const [found] = await transaction.query<OutOfOrder>(LOCK, [id]);
  return found;
}

export async function putOutOfOrder(transaction: Transaction, { id, property_id, room_id, first_date, end_date }: OutOfOrder): Promise<void> {
  await transaction.query(PUT, [id, property_id, room_id, first_date, end_date]);
}

export async function deleteOutOfOrder(transaction: Transaction, id: string): Promise<void> {
  await transaction.query(DELETE, [id]);
}
