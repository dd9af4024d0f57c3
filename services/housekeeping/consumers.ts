/** What housekeeping does when something happens elsewhere. */
import type { Transaction } from '@tartware/kit/database';
import type { Consumer, DomainEvent, EventHandler } from '@tartware/kit/events';
import { announceTask } from './announce.ts';
import { settingsGroup } from './context.ts';
import type { HousekeepingContext } from './context.ts';
import { changeRoomState } from './room-state.ts';
import { keepBusinessDate } from './store/properties.ts';
import { keepRoom, keepUntoldRoom } from './store/rooms.ts';
import type { ToldRoom } from './store/rooms.ts';
import { insertTask } from './store/tasks.ts';

/** Of a reservation's event, what housekeeping needs. */
interface Stay {
  id: string;
  property_id: string;
  room_id: string | null;
  departure: string;
}

export function consumersOf({ cache }: HousekeepingContext): Consumer[] {
  const room: EventHandler = { order: 'latest', handle: async (transaction, { data }: DomainEvent<ToldRoom>) => void await keepRoom(transaction, data) };
  const property: EventHandler = {
    order: 'latest', handle: (transaction, { data: { id, business_date } }: DomainEvent<{ id: string; business_date: string }>) => keepBusinessDate(transaction, id, business_date),
  };
  return [
    { topics: ['rooms'], handlers: { 'room.created': room, 'room.updated': room } },
    // A check-in that is delivered after the check-out is older and left out.
    { topics: ['reservations'], handlers: { 'reservation.checked_in': { order: 'latest', handle: checkedIn }, 'reservation.checked_out': { order: 'latest', handle: checkedOut } } },
    { topics: ['core'], handlers: { 'property.created': property, 'property.updated': property, 'property.business_date_advanced': property } },
    { topics: ['settings'], handlers: { 'setting.changed': { order: 'each', handle: (_transaction, { tenant_id }) => cache.drop(settingsGroup(tenant_id)) } } },
  ];
}

async function checkedIn(transaction: Transaction, { data: { id, property_id, room_id } }: DomainEvent<Stay>): Promise<void> {
  if (room_id === null) return;
  await keepUntoldRoom(transaction, room_id, property_id);
  await changeRoomState(transaction, room_id, () => ({ occupied_by: id }));
}

/** Leaves a dirty room and exactly one task, however often and late it is told. The next guest may be in already: then the room stays occupied. */
async function checkedOut(transaction: Transaction, { data: { id, property_id, room_id, departure } }: DomainEvent<Stay>): Promise<void> {
  if (room_id === null) return;
  await keepUntoldRoom(transaction, room_id, property_id);
  const task = await insertTask(transaction, { property_id, room_id, kind: 'checkout_clean', reservation_id: id, due_date: departure });
  if (!task) return;
  await changeRoomState(transaction, room_id, ({ occupied_by }) => ({ condition: 'dirty', occupied_by: occupied_by === id ? null : occupied_by }));
  await announceTask(transaction, 'created', task);
}
