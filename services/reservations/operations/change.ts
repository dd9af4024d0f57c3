/** Changing: rooms makes another allocation of the reservation, or leaves it as it was. */
import type { Transaction } from '@tartware/kit/database';
import { EVENTS } from '../model/reservation.ts';
import type { Allocation, Reservation } from '../model/reservation.ts';
import type { PlannedChange } from '../model/change.ts';
import { attempt } from '../store/attempt.ts';
import { ONE_STAY, changeReservation, free } from '../store/reservations.ts';
import type { Change } from '../store/reservations.ts';
import { announce, changed, expected } from './announce.ts';
import { allocate } from './ask.ts';
import type { Kind } from './operation.ts';
import { reservationOf } from './reserve.ts';

export interface ChangeInput extends PlannedChange {
  property_id: string;
  /** The room that is assigned, and stays so if it can. */
  room_id: string | null;
  /** Of the allocation that is asked for. */
  revision: number;
}

/** Undefined when rooms need not be asked. */
type Outcome = Allocation | undefined;

export const changeKind: Kind<ChangeInput, Outcome> = {
  leaseSeconds: 15,
  call: async (operation, calls) => {
    const { wishes, reallocates, property_id, revision } = operation.input;
    return reallocates ? allocate(calls, reservationOf(operation), { ...wishes, property_id, revision }) : undefined;
  },
  async finish(transaction, operation, allocation) {
    const { wishes, fields, room_id, losesRoom } = operation.input;
    const changeTo = (roomId: string | null): Change => ({
      id: reservationOf(operation), wishes, guestId: fields.includes('guest_id') ? wishes.guest_id : undefined, roomId, by: operation.started_by,
      ...(allocation === undefined ? {} : { allocation }),
    });
    const made = await keepingRoom(transaction, changeTo(losesRoom ? null : room_id), changeTo(null));
    await announce(transaction, EVENTS.changed, made);
    return changed(made);
  },
  refuse: (transaction, operation) => free(transaction, reservationOf(operation), operation.id),
  unanswered: 'carry on',
};

/** Rooms has given the new nights; if the assigned room is another guest's in one of them, the reservation goes without a room until one is assigned again. */
async function keepingRoom(transaction: Transaction, wanted: Change, without: Change): Promise<Reservation> {
  const kept = wanted.roomId === null ? undefined : await attempt(transaction, ONE_STAY, () => changeReservation(transaction, wanted));
  return expected(kept ?? (await changeReservation(transaction, without)));
}
