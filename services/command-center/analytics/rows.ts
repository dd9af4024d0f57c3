/** What each event leaves in ClickHouse. */
import { Type } from '@sinclair/typebox';
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { DomainEvent } from '@tartware/kit/events';
import { Id, LocalDate } from '@tartware/kit/resources';
import type { Rows } from './tables.ts';

const Reservation = Type.Object({
  id: Id,
  property_id: Id,
  status: Type.String(),
  currency: Type.Union([Type.String(), Type.Null()]),
  nights: Type.Union([Type.Array(Type.Object({ date: LocalDate, amount_minor: Type.Integer() })), Type.Null()]),
  created_at: Type.String(),
});
const Entry = Type.Object({
  id: Id, property_id: Id, business_date: LocalDate, currency: Type.String(), amount_minor: Type.Integer(), debit_account: Type.String(), credit_account: Type.String(),
});
const Room = Type.Object({ id: Id, property_id: Id, active: Type.Boolean() });
const OutOfOrder = Type.Object({ id: Id, property_id: Id, room_id: Id, from: LocalDate, to: LocalDate });

/** As billing's chart of accounts names them. */
const IS_REVENUE = /_revenue$/;

export function noRows(): Rows {
  return { events: [], reservations: [], revenue: [], rooms: [], out_of_order: [] };
}

/** @throws Error when the event does not have what its type promises */
export function addRows(rows: Rows, event: DomainEvent): void {
  const { tenant_id, id, type, aggregate_id, version, property_id, occurred_at } = event;
  // Not what it says: names and addresses of guests would outlive their erasure here.
  rows.events.push({ tenant_id, id, type, aggregate_id, version, property_id, occurred_at });
  const [family] = type.split('.', 1);
  if (family === 'reservation') addReservation(rows, event);
  else if (type === 'ledger.posted') addRevenue(rows, event);
  else if (family === 'room') addRoom(rows, event);
  else if (family === 'out_of_order') addOutOfOrder(rows, event);
}

function addReservation({ reservations }: Rows, event: DomainEvent): void {
  const { id, property_id, status, currency, nights, created_at } = read(Reservation, event);
  const sold = nights ?? [];
  reservations.push({
    tenant_id: event.tenant_id, property_id, id, version: event.version, occurred_at: event.occurred_at, created_at, status, currency: currency ?? '',
    dates: sold.map(({ date }) => date), amounts: sold.map(({ amount_minor }) => amount_minor),
  });
}

function addRevenue({ revenue }: Rows, event: DomainEvent): void {
  const { id: entry_id, property_id, business_date, currency, amount_minor, debit_account, credit_account } = read(Entry, event);
  for (const [account, sign] of [[credit_account, 1], [debit_account, -1]] as const) {
    if (IS_REVENUE.test(account)) {
      revenue.push({ tenant_id: event.tenant_id, property_id, business_date, entry_id, account, currency, amount_minor: sign * amount_minor });
    }
  }
}

function addRoom({ rooms }: Rows, event: DomainEvent): void {
  const { id, property_id, active } = read(Room, event);
  rooms.push({ tenant_id: event.tenant_id, property_id, id, version: event.version, active });
}

function addOutOfOrder(rows: Rows, event: DomainEvent): void {
  const { id, property_id, room_id, from, to } = read(OutOfOrder, event);
  rows.out_of_order.push({
    tenant_id: event.tenant_id, property_id, id, version: event.version, room_id, first: from, last: to, cleared: event.type === 'out_of_order.cleared',
  });
}

function read<Schema extends TSchema>(schema: Schema, { type, data }: DomainEvent): Static<Schema> {
  if (!Value.Check(schema, data)) {
    const wrong = Value.Errors(schema, data).First();
    throw new Error(`${type} came without what it promises: ${wrong?.path ?? ''} ${wrong?.message ?? ''}`.trim());
  }
  return data;
}
