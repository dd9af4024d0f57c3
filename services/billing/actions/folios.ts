/** Opening folios: by somebody, by an event, or on demand when something is to be charged before the event came. Of a reservation there is one. */
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import type { Folio, NewFolio } from '../model/folio.ts';
import { followReservation, folioOfReservation, getFolio, insertFolio } from '../store/folios.ts';
import type { FolioToOpen } from '../store/folios.ts';
import { announceFolio } from './billing.ts';
import type { Billing } from './billing.ts';
import { knownProperty } from './properties.ts';
import type { Property } from '../store/properties.ts';
import { reading } from '../store/queries.ts';
import type { Queries } from '../store/queries.ts';

/** What billing needs of a reservation, as events and `GET /v1/reservations/:id` have it. */
export interface Reservation {
  id: string;
  version: number;
  property_id: string;
  guest_id: string;
  group_id: string | null;
  arrival: string;
  departure: string;
  currency: string;
  cancellation_fee_minor: number | null;
}

export async function existingFolio(queries: Queries, id: string): Promise<Folio> {
  const folio = await getFolio(queries, id);
  if (!folio) throw notFound('This folio');
  return folio;
}

/** @returns the folio, and whether it was opened now: a reservation's that is there already is given as it is */
export async function openFolio(transaction: Transaction, folio: FolioToOpen): Promise<{ folio: Folio; opened: boolean }> {
  const made = await insertFolio(transaction, folio);
  if (made) {
    await announceFolio(transaction, 'opened', made);
    return { folio: made, opened: true };
  }
  const known = folio.reservation_id && await folioOfReservation(transaction, folio.reservation_id, folio.kind, { lock: false });
  if (!known) throw new Error('A folio was neither opened nor there.');
  return { folio: known, opened: false };
}

/** The guest folio of a reservation, with its guest and dates as they are now. The property must be known. */
export async function openGuestFolio(transaction: Transaction, reservation: Reservation): Promise<Folio> {
  const { id: reservation_id, version: reservation_version, property_id, guest_id, group_id, arrival, departure, currency } = reservation;
  const wanted: FolioToOpen = { property_id, kind: 'guest', name: '', reservation_id, reservation_version, group_id, guest_id, arrival, departure, currency };
  const { folio, opened } = await openFolio(transaction, wanted);
  if (!opened) await followReservation(transaction, wanted);
  return folio;
}

/** For what cannot wait for the event: asks reservations when the reservation has no folio yet. */
export async function openOnDemand(billing: Billing, tenantId: string, { reservation_id }: { reservation_id?: string }): Promise<{ folio: Folio; opened: boolean }> {
  if (reservation_id === undefined) {
    throw new Problem({ status: 422, code: 'reservation_missing', message: 'A guest folio is of a reservation.', hint: 'Name reservation_id, or open a house folio.' });
  }
  const known = await folioOfReservation(reading(billing.database, tenantId), reservation_id, 'guest', { lock: false });
  if (known) return { folio: known, opened: false };
  const reservation = await billing.services.reservations.call<Reservation>({ method: 'GET', path: `/v1/reservations/${reservation_id}`, tenantId });
  return billing.database.withTenant(tenantId, async (transaction) => {
    await knownProperty(transaction, billing, tenantId, reservation.property_id);
    return { folio: await openGuestFolio(transaction, reservation), opened: true };
  });
}

/** What somebody asks for. A reservation's guest folio is the one that it has. The property must be known. */
export async function openRequested(transaction: Transaction, request: NewFolio, { currency }: Property, ofReservation: Folio | undefined): Promise<{ folio: Folio; opened: boolean }> {
  const { property_id, kind, name = '', reservation_id = null, group_id = null, guest_id = null } = request;
  if (ofReservation) {
    if (ofReservation.property_id !== property_id) {
      throw new Problem({ status: 422, code: 'property_mismatch', message: 'The reservation is of another property.', hint: 'Name the property of the reservation.' });
    }
    return { folio: ofReservation, opened: false };
  }
  return openFolio(transaction, { property_id, kind, name, reservation_id, reservation_version: 0, group_id, guest_id, arrival: null, departure: null, currency });
}
