/** How a reservation is announced to the other services, and answered to the client. */
import type { Transaction } from '@tartware/kit/database';
import type { Answer } from '@tartware/kit/idempotency';
import { emit } from '@tartware/kit/outbox';
import { etagOf } from '@tartware/kit/resources';
import type { Reservation, ReservationEvent } from '../model/reservation.ts';

export async function announce(transaction: Transaction, type: ReservationEvent, reservation: Reservation): Promise<void> {
  await emit(transaction, { type, aggregateId: reservation.id, version: reservation.version, propertyId: reservation.property_id, data: reservation });
}

export function created(reservation: Reservation): Answer {
  return { status: 201, body: reservation, headers: { location: `/v1/reservations/${reservation.id}`, etag: etagOf(reservation) } };
}

export function changed(reservation: Reservation): Answer {
  return { status: 200, body: reservation, headers: { etag: etagOf(reservation) } };
}

/** The row was locked and looked at: it cannot be another than expected. */
export function expected<Row>(row: Row | undefined): Row {
  if (row === undefined) {
    throw new Error('A reservation is not in the state that its operation left it in.');
  }
  return row;
}
