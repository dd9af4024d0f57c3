/** Checking in: housekeeping and the settings are asked whether the room may be given, and the guest is in house. */
import { EVENTS } from '../model/reservation.ts';
import { checkReadiness, roomOccupied } from '../model/check-in.ts';
import type { Readiness } from '../model/check-in.ts';
import { isViolation } from '../store/errors.ts';
import { free, setStatus } from '../store/reservations.ts';
import { announce, changed, expected } from './announce.ts';
import { settingsOf } from './ask.ts';
import type { Kind } from './operation.ts';
import { reservationOf } from './reserve.ts';

export interface CheckInInput {
  property_id: string;
  room_id: string;
}

export const checkInKind: Kind<CheckInInput, undefined> = {
  leaseSeconds: 10,
  async call(operation, calls) {
    const { property_id, room_id } = operation.input;
    const [readiness, settings] = await Promise.all([
      calls.services.housekeeping.call<Readiness>({ method: 'GET', path: `/internal/rooms/${room_id}/readiness`, tenantId: calls.tenantId }),
      settingsOf(calls, property_id),
    ]);
    checkReadiness(readiness, settings['reservations.check_in_condition']);
    return undefined;
  },
  async finish(transaction, operation) {
    const step = { id: reservationOf(operation), from: 'confirmed', to: 'in_house', by: operation.started_by } as const;
    const made = expected(await setStatus(transaction, step).catch((error: unknown) => {
      throw isViolation(error, 'one_guest_in_a_room') ? roomOccupied() : error;
    }));
    await announce(transaction, EVENTS.checkedIn, made);
    return changed(made);
  },
  refuse: (transaction, operation) => free(transaction, reservationOf(operation), operation.id),
  unanswered: 'withdraw',
};
