/** Changes a room's state and announces it, in the transaction of what causes it. */
import { notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { announceRoom } from './announce.ts';
import type { RoomStatus } from './model/room.ts';
import { getStatus, lockState, setState } from './store/rooms.ts';
import type { RoomState } from './store/rooms.ts';

/**
 * @param change what is to be, by what is; the same again is no change
 * @returns the room after it
 * @throws Problem 404, and what `change` throws
 */
export async function changeRoomState(transaction: Transaction, roomId: string, change: (state: RoomState) => Partial<RoomState>): Promise<RoomStatus> {
  const before = await lockState(transaction, roomId);
  if (!before) throw notFound('This room');
  const after = { ...before, ...change(before) };
  const changes = after.condition !== before.condition || after.occupied_by !== before.occupied_by;
  if (changes) await setState(transaction, roomId, after);
  const status = await getStatus(transaction, roomId);
  if (!status) throw new Error('A locked room is gone.');
  if (changes) await announceRoom(transaction, status);
  return status;
}
