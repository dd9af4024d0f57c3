/** Rooms that go out of order and come back are taken from what their type has to sell, night by night. */
import type { Transaction } from '@tartware/kit/database';
import type { DomainEvent } from '@tartware/kit/events';
import { recountTypes } from './counting.ts';
import type { TypeNights } from './counting.ts';
import { deleteOutOfOrder, lockOutOfOrder, putOutOfOrder } from './store/out-of-order.ts';
import { lockRooms } from './store/rooms.ts';
import { lockRoomTypes } from './store/room-types.ts';

/** As housekeeping announces it. */
export interface OutOfOrderNights {
  room_id: string;
  property_id: string;
  from: string;
  to: string;
}

/** @param events `out_of_order.set` and `.cleared` of one tenant, in their order */
export async function changeOutOfOrder(transaction: Transaction, events: readonly DomainEvent<OutOfOrderNights>[]): Promise<void> {
  // The type that a room has now, whatever the event says.
  const rooms = new Map((await lockRooms(transaction, [...new Set(events.map(({ data }) => data.room_id))])).map((room) => [room.id, room]));
  await lockRoomTypes(transaction, [...new Set([...rooms.values()].map(({ room_type_id }) => room_type_id))]);
  const changed: TypeNights[] = [];
  for (const { type, aggregate_id: id, data: { room_id, property_id, from, to } } of events) {
    const before = await lockOutOfOrder(transaction, id);
    const after = type === 'out_of_order.set' ? { id, property_id, room_id, first_date: from, end_date: to } : undefined;
    await (after ? putOutOfOrder(transaction, after) : deleteOutOfOrder(transaction, id));
    const room = rooms.get(room_id);
    for (const nights of [before, after]) {
      if (room && nights) changed.push({ property_id: room.property_id, room_type_id: room.room_type_id, from: nights.first_date, to: nights.end_date });
    }
  }
  await recountTypes(transaction, changed);
}
