/** Events of housekeeping, as docs/services.md lists them. */
import type { Transaction } from '@tartware/kit/database';
import { emit } from '@tartware/kit/outbox';
import type { OutOfOrder } from './model/out-of-order.ts';
import type { RoomStatus } from './model/room.ts';
import type { Task } from './model/task.ts';

export async function announceRoom(transaction: Transaction, room: RoomStatus): Promise<void> {
  await emit(transaction, { type: 'room_status.changed', aggregateId: room.room_id, version: room.version, propertyId: room.property_id, data: room });
}

export async function announceTask(transaction: Transaction, what: 'created' | 'updated', task: Task): Promise<void> {
  await emit(transaction, { type: `task.${what}`, aggregateId: task.id, version: task.version, propertyId: task.property_id, data: task });
}

export async function announceOutOfOrder(transaction: Transaction, what: 'set' | 'cleared', { id, room_id, room_type_id, property_id, from, to, version }: OutOfOrder): Promise<void> {
  await emit(transaction, { type: `out_of_order.${what}`, aggregateId: id, version, propertyId: property_id, data: { id, room_id, room_type_id, property_id, from, to } });
}
