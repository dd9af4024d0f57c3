/** Rows of the schema `rooms`: what is sold, at which prices, and what each reservation holds of it. */
import { nightsOf } from '@tartware/kit/resources';
import type { Hotel } from './hotel/hotel.ts';
import type { Booking } from './hotel/bookings.ts';
import { without } from './rows.ts';
import type { EventRow, Row, SchemaRows } from './rows.ts';

export function roomsRows(hotel: Hotel): SchemaRows {
  const { house: { property, types, rooms, plans }, rates, bookings } = hotel;
  const allocations = bookings.map((booking) => allocationOf(booking));
  const typeRows = types.map((type) => without(type, 'priceFactor', 'roomIds'));
  const planRows = plans.map((plan) => without(plan, 'priceFactor', 'share', 'prepaid'));
  return {
    service: 'rooms',
    tables: [
      { name: 'properties', rows: [{ id: property.id, time_zone: property.time_zone, currency: property.currency, business_date: property.business_date }] },
      { name: 'room_types', rows: typeRows },
      { name: 'rooms', rows: rooms },
      { name: 'rate_plans', rows: planRows },
      { name: 'rates', rows: rateRows(hotel) },
      { name: 'restrictions', rows: rates.restrictions.map((restriction) => ({ ...restriction, property_id: property.id })) },
      { name: 'allocations', rows: allocations },
      { name: 'inventory', rows: inventoryRows(hotel, allocations) },
    ],
    events: [
      ...typeRows.map((type) => event(hotel, 'room_type.created', type)), ...rooms.map((room) => event(hotel, 'room.created', room)),
      ...planRows.map((plan) => event(hotel, 'rate_plan.created', plan)), ...changes(hotel),
    ],
    consumed: [
      { consumer: 'reservations', of: 'reservations', types: ['reservation.cancelled', 'reservation.no_show', 'reservation.checked_out'] },
      { consumer: 'core', of: 'core', types: ['property.created', 'property.updated', 'property.business_date_advanced'] },
    ],
  };
}

function rateRows({ house: { property, calendar, types, plans }, rates }: Hotel): Row[] {
  return types.flatMap((type) => plans.flatMap((plan) => Array.from({ length: calendar.days }, (_, day) => ({
    property_id: property.id, room_type_id: type.id, rate_plan_id: plan.id, date: calendar.date(day), amount_minor: rates.amount(type, plan, day),
  }))));
}

interface AllocationRow extends Row {
  room_type_id: string;
  arrival: string;
  held_until: string;
}

/** Who cancelled or did not come holds nothing any more; who slept all nights holds them for ever. */
function allocationOf({ now }: Booking): AllocationRow {
  const { id, revision, property_id, room_type_id, rate_plan_id, arrival, departure, status, adults, children, currency, nights, total_minor, cancellation_policy, updated_at } = now;
  const gone = status === 'cancelled' || status === 'no_show';
  return {
    reservation_id: id, revision, property_id, room_type_id, rate_plan_id, arrival, departure, held_until: gone ? arrival : departure, closed: gone || status === 'checked_out',
    adults, children, currency, nights, total_minor, cancellation_policy, updated_at,
  };
}

function inventoryRows({ house: { property, types } }: Hotel, allocations: readonly AllocationRow[]): Row[] {
  const sold = new Map<string, number>();
  for (const { room_type_id, arrival, held_until } of allocations) {
    for (const date of nightsOf(arrival, held_until)) sold.set(`${room_type_id} ${date}`, (sold.get(`${room_type_id} ${date}`) ?? 0) + 1);
  }
  const capacities = new Map(types.map(({ id, roomIds }) => [id, roomIds.length]));
  return [...sold].map(([key, count]) => {
    const [room_type_id = '', date = ''] = key.split(' ');
    return { property_id: property.id, room_type_id, date, capacity: capacities.get(room_type_id), out_of_order: 0, overbooking: 0, sold: count, displaced: 0 };
  });
}

function event({ random }: Hotel, type: string, resource: { id: string; property_id: string; version: number; created_at: Date | string }): EventRow {
  const occurred_at = String(resource.created_at);
  return { id: random.uuid(Date.parse(occurred_at)), type, aggregate_id: resource.id, version: 1, property_id: resource.property_id, data: resource, occurred_at };
}

/** One fact for all nights of a type or plan, where many would say no more. */
function changes({ house: { property, types, plans, calendar }, random }: Hotel): EventRow[] {
  const occurred_at = property.created_at;
  const range = { property_id: property.id, from: calendar.first, to: calendar.date(calendar.days) };
  const fact = (type: string, aggregate_id: string, data: object): EventRow => ({ id: random.uuid(Date.parse(occurred_at)), type, aggregate_id, version: 1, property_id: property.id, data, occurred_at });
  return [
    ...plans.map(({ id }) => fact('rates.changed', id, { ...range, room_type_id: null, rate_plan_id: id })),
    ...types.map(({ id }) => fact('inventory.changed', id, { ...range, room_type_id: id })),
  ];
}
