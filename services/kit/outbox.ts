/** Events leave a service through its outbox: written in the transaction that has the effect, carried to Kafka by the relay. */
import type { Statement, Transaction } from './database.ts';
import { requestContext } from './request-context.ts';

export interface NewEvent {
  /** `<aggregate>.<what happened>`, such as `reservation.confirmed`. */
  type: string;
  aggregateId: string;
  /** Of the aggregate after the change, from 1; 1 each time for a fact that belongs to no aggregate with versions. */
  version: number;
  propertyId?: string | null;
  /** The aggregate's whole state after the change, or the fact itself; money in minor units, dates as `YYYY-MM-DD`. */
  data: object;
  /** `traceparent` of the request that caused it; of the one that is being worked on unless told. */
  trace?: string;
}

/** The relay of a schema listens here, and hears soon after events were committed; the message is empty. */
export function outboxChannel(schema: string): string {
  return `outbox_${schema}`;
}

const EMIT: Statement = {
  operation: 'outbox.emit',
  text: `insert into outbox (tenant_id, type, aggregate_id, version, property_id, data, trace) values (current_tenant(), $1, $2, $3, $4, $5, $6) returning id`,
};

// Nothing is lost with it, so nobody has to wait for the disk.
const WAKE_RELAY: Statement = {
  operation: 'outbox.wake_relay',
  text: 'begin; set local synchronous_commit = off; select pg_notify(\'outbox_\' || current_schema(), \'\'); commit',
};

/**
 * Announces a change with the transaction that makes it: both happen or neither. Call it after the aggregate's row was written, so that its versions
 * leave in order.
 * @returns the event's id
 */
export async function emit(transaction: Transaction, { type, aggregateId, version, propertyId, data, trace }: NewEvent): Promise<string> {
  const [written] = await transaction.query<{ id: string }>(EMIT, [type, aggregateId, version, propertyId ?? null, JSON.stringify(data), trace ?? requestContext()?.traceparent ?? null]);
  transaction.tellAfterCommit(WAKE_RELAY);
  if (!written) throw new Error('The outbox did not take the event.');
  return written.id;
}
