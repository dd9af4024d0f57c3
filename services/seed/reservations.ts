/** Rows of the schema `reservations`: every reservation with its history, and the days that were closed. */
import type { Booked, Booking, BookingVersion } from './hotel/bookings.ts';
import type { Hotel } from './hotel/hotel.ts';
import type { AuditedDay } from './hotel/audits.ts';
import { without } from './rows.ts';
import type { EventRow, Row, SchemaRows } from './rows.ts';

/** Who stands in the history for what the night audit did: the service whose token it came with. */
const AUDITOR = 'billing';

export function reservationsRows(hotel: Hotel): SchemaRows {
  const { house: { property }, bookings, audited, actor } = hotel;
  const by = actor ?? 'seed';
  return {
    service: 'reservations',
    tables: [
      { name: 'properties', rows: [{ id: property.id, time_zone: property.time_zone, currency: property.currency, business_date: property.business_date }] },
      { name: 'reservations', rows: bookings.map(({ now }) => rowOf(now, by)) },
      // The newest version of each is written by the table's own trigger.
      { name: 'reservation_history', rows: bookings.flatMap(({ versions }) => versions.slice(0, -1).map((version) => historyOf(version, by))) },
      { name: 'business_days', rows: audited.map((day) => closedDay(property.id, day)) },
    ],
    events: bookings.flatMap((booking) => eventsOf(hotel, booking)),
    consumed: [{ consumer: 'rooms', of: 'rooms', types: ['inventory.changed'] }],
  };
}

function changedBy({ status }: Booked, by: string): string {
  return status === 'no_show' ? AUDITOR : by;
}

function rowOf(reservation: Booked, by: string): Row {
  const { arrival, departure, revision } = reservation;
  return { ...reservation, last_revision: revision, room_nights: `[${arrival},${departure})`, changed_by: changedBy(reservation, by) };
}

/** As the trigger writes it: without what stands in columns of its own. */
function historyOf({ state }: BookingVersion, by: string): Row {
  const { id, version, status, updated_at } = state;
  return { reservation_id: id, version, status, changed_by: changedBy(state, by), changed_at: updated_at, state: without(state, 'id', 'version', 'status', 'created_at', 'updated_at') };
}

function closedDay(property_id: string, { audit, inHouse, noShows }: AuditedDay): Row {
  return { property_id, date: audit.business_date, snapshot: { date: audit.business_date, in_house: inHouse, no_shows: noShows.map(noShowOf) }, closed_at: audit.started_at };
}

function noShowOf({ id, guest_id, cancellation_fee_minor, currency }: Booked): object {
  return { reservation_id: id, guest_id, fee_minor: cancellation_fee_minor, currency };
}

function eventsOf({ random }: Hotel, { versions }: Booking): EventRow[] {
  return versions.map(({ event, state, at }) => ({
    id: random.uuid(at), type: event, aggregate_id: state.id, version: state.version, property_id: state.property_id, data: state, occurred_at: new Date(at).toISOString(),
  }));
}
