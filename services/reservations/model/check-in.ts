/** Whether a guest may go to the room now. */
import { Problem } from '@tartware/kit';
import type { Reservation } from './reservation.ts';

/** As housekeeping answers for a room. */
export interface Readiness {
  condition: 'dirty' | 'clean' | 'inspected';
  out_of_order: boolean;
  occupied: boolean;
}

/** Setting `reservations.check_in_condition`: what a room must be at least. */
export type RequiredCondition = Readiness['condition'];

const RANK: Readonly<Record<Readiness['condition'], number>> = { dirty: 0, clean: 1, inspected: 2 };

/** @throws Problem 409 `room_missing`, `check_in_too_early`, `check_in_too_late` */
export function checkArrival({ arrival, departure, room_id }: Pick<Reservation, 'arrival' | 'departure' | 'room_id'>, businessDate: string): void {
  if (businessDate < arrival) {
    throw refused('check_in_too_early', `The arrival is ${arrival} and the business date ${businessDate}.`, 'Change the arrival first.');
  }
  if (businessDate > departure) {
    throw refused('check_in_too_late', `The departure is ${departure} and the business date ${businessDate}.`, 'Reserve anew.');
  }
  if (room_id === null) {
    throw refused('room_missing', 'No room is assigned.', 'Assign a room first.');
  }
}

/** @throws Problem 409 `room_out_of_order`, `room_occupied`, `room_not_ready` */
export function checkReadiness({ condition, out_of_order, occupied }: Readiness, required: RequiredCondition): void {
  if (out_of_order) {
    throw refused('room_out_of_order', 'The room is out of order.', 'Assign another room.');
  }
  if (occupied) {
    throw roomOccupied();
  }
  if (RANK[condition] < RANK[required]) {
    throw refused('room_not_ready', `The room is ${condition} and must be ${required}.`, 'Wait for housekeeping, or assign another room.');
  }
}

export function roomOccupied(): Problem {
  return refused('room_occupied', 'The room still has a guest.', 'Check that guest out first, or assign another room.');
}

function refused(code: string, message: string, hint: string): Problem {
  return new Problem({ status: 409, code, message, hint });
}
