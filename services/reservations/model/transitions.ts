/** What may become of a reservation. The same table is a trigger in the database (migrations/0001): this one answers, that one is the last wall. */
import { Problem } from '@tartware/kit';
import type { Status } from './reservation.ts';

/** What is done to a reservation that somebody can see: `requested` and `rejected` are steps of an operation. */
export const ACTIONS = ['change', 'assign_room', 'unassign_room', 'cancel', 'check_in', 'check_out', 'mark_no_show'] as const;
export type Action = (typeof ACTIONS)[number];

const FROM: Readonly<Record<Action, readonly Status[]>> = {
  change: ['confirmed', 'in_house'],
  assign_room: ['confirmed'],
  unassign_room: ['confirmed'],
  cancel: ['confirmed'],
  check_in: ['confirmed'],
  check_out: ['in_house'],
  mark_no_show: ['confirmed'],
};

/** Actions that leave the status as it is are left out. */
const TO: Readonly<Partial<Record<Action, Status>>> = {
  cancel: 'cancelled',
  check_in: 'in_house',
  check_out: 'checked_out',
  mark_no_show: 'no_show',
};

export function isLegal(action: Action, status: Status): boolean {
  return FROM[action].includes(status);
}

/** @returns the status after the action; @throws Problem 409 `transition_illegal` */
export function statusAfter(action: Action, status: Status): Status {
  if (!isLegal(action, status)) {
    throw illegalTransition(action, status);
  }
  return TO[action] ?? status;
}

export function illegalTransition(action: Action, status: Status): Problem {
  const words = action.replaceAll('_', ' ');
  return new Problem({
    status: 409, code: 'transition_illegal', message: `A reservation that is ${status} does not allow to ${words}.`,
    hint: `Read the reservation again: to ${words} it must be ${FROM[action].join(' or ')}.`,
  });
}
