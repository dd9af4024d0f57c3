/** What rooms does when something happens elsewhere. */
import type { Transaction } from '@tartware/kit/database';
import type { Consumer, DomainEvent, EventHandler } from '@tartware/kit/events';
import { nightsOf } from '@tartware/kit/resources';
import { announceInventory } from './announce.ts';
import { dropOffers } from './context.ts';
import type { RoomsContext } from './context.ts';
import { recountTypes } from './counting.ts';
import type { CancellationPolicy } from './model/cancellation.ts';
import type { PricedNight } from './model/price.ts';
import { closeAllocation, insertAllocation, lockAllocation } from './store/allocations.ts';
import { lockNights, moveSold } from './store/inventory.ts';
import { deleteOutOfOrder, lockOutOfOrder, putOutOfOrder } from './store/out-of-order.ts';
import { getProperty, keepProperty } from './store/properties.ts';
import type { Property } from './store/properties.ts';
import { lockRoom } from './store/rooms.ts';
import { lockRoomTypes } from './store/room-types.ts';

/** Of a reservation's event, what rooms needs. */
interface Reservation {
  id: string;
  revision: number;
  property_id: string;
  room_type_id: string;
  rate_plan_id: string;
  arrival: string;
  departure: string;
  adults: number;
  children: number;
  currency: string;
  nights: PricedNight[];
  total_minor: number;
  cancellation_policy: CancellationPolicy;
}

interface OutOfOrder {
  room_id: string;
  property_id: string;
  from: string;
  to: string;
}

export function consumersOf(context: RoomsContext): Consumer[] {
  const ended: EventHandler = { order: 'each', handle: (transaction, event: DomainEvent<Reservation>) => giveBack(transaction, event.data) };
  const property: EventHandler = { order: 'latest', handle: async (transaction, { data }: DomainEvent<Property>) => void await keepProperty(transaction, data) };
  return [
    { topics: ['reservations'], handlers: { 'reservation.cancelled': ended, 'reservation.no_show': ended, 'reservation.checked_out': ended } },
    { topics: ['housekeeping'], handlers: { 'out_of_order.set': { order: 'latest', handle: setOutOfOrder }, 'out_of_order.cleared': { order: 'latest', handle: clearOutOfOrder } } },
    { topics: ['core'], handlers: { 'property.created': property, 'property.updated': property, 'property.business_date_advanced': property } },
    { name: 'offers', topics: ['rooms', 'core'], handlers: Object.fromEntries(CHANGE_OFFERS.map((type) => [type, dropping(context)])) },
  ];
}

const CHANGE_OFFERS = ['inventory.changed', 'rates.changed', 'room_type.updated', 'rate_plan.updated', 'property.business_date_advanced', 'property.updated'];

function dropping(context: RoomsContext): EventHandler {
  const drop = async (events: readonly DomainEvent[]): Promise<void> => {
    const [first] = events;
    const properties = new Set(events.flatMap(({ property_id }) => property_id ?? []));
    await Promise.all([...properties].map((id) => dropOffers(context, first?.tenant_id ?? '', id)));
  };
  return { order: 'each', handle: (_transaction, event) => drop([event]), handleMany: (_transaction, events) => drop(events) };
}

/**
 * The reservation has ended: what it still holds from the business date on is free again, and nothing is ever taken for it after this, whatever of its
 * requests is still on the way.
 */
async function giveBack(transaction: Transaction, reservation: Reservation): Promise<void> {
  const held = await lockAllocation(transaction, reservation.id);
  if (!held) {
    const { id, ...data } = reservation;
    const inserted = await insertAllocation(transaction, { ...data, reservation_id: id, held_until: data.arrival, closed: true });
    if (!inserted) throw new Error('The reservation was allocated this very moment: try again.');
    return;
  }
  if (held.closed) return;
  const property = await getProperty(transaction, held.property_id);
  if (!property) throw new Error('A property that rooms were sold in is not known.');
  const from = property.business_date > held.arrival ? property.business_date : held.arrival;
  const until = from < held.held_until ? from : held.held_until;
  const nights = nightsOf(until, held.held_until).map((date) => ({ room_type_id: held.room_type_id, date }));
  await closeAllocation(transaction, reservation.id, until);
  if (nights.length === 0) return;
  await lockNights(transaction, nights);
  const given = await moveSold(transaction, nights.map((night) => ({ ...night, rooms: -1 as const })));
  if (given !== nights.length) throw new Error(`Of ${nights.length} nights held only ${given} are in the inventory.`);
  await announceInventory(transaction, { property_id: held.property_id, room_type_id: held.room_type_id, from: until, to: held.held_until });
}

async function setOutOfOrder(transaction: Transaction, { aggregate_id, data }: DomainEvent<OutOfOrder>): Promise<void> {
  const { room_id, property_id, from, to } = data;
  const recountRoom = await lockTypeOf(transaction, room_id);
  const before = await lockOutOfOrder(transaction, aggregate_id);
  await putOutOfOrder(transaction, { id: aggregate_id, property_id, room_id, first_date: from, end_date: to });
  if (before) await recountRoom({ from: before.first_date, to: before.end_date });
  await recountRoom({ from, to });
}

async function clearOutOfOrder(transaction: Transaction, { aggregate_id, data }: DomainEvent<OutOfOrder>): Promise<void> {
  const recountRoom = await lockTypeOf(transaction, data.room_id);
  const before = await lockOutOfOrder(transaction, aggregate_id);
  if (!before) return;
  await deleteOutOfOrder(transaction, aggregate_id);
  await recountRoom({ from: before.first_date, to: before.end_date });
}

/** The type that the room has now, whatever the event says. @returns what counts the type's rooms again in some nights */
async function lockTypeOf(transaction: Transaction, roomId: string): Promise<(nights: { from: string; to: string }) => Promise<void>> {
  const room = await lockRoom(transaction, roomId);
  if (!room) return () => Promise.resolve();
  await lockRoomTypes(transaction, [room.room_type_id]);
  return (nights) => recountTypes(transaction, room.property_id, [room.room_type_id], nights);
}
