/** Checking out: billing closes the folio first, since nobody leaves with a balance that nobody owes. */
import { EVENTS } from '../model/reservation.ts';
import { free, setStatus } from '../store/reservations.ts';
import { announce, changed, expected } from './announce.ts';
import type { Kind } from './operation.ts';
import { reservationOf } from './reserve.ts';

export interface CheckOutInput {
  settlement: 'paid' | 'city_ledger';
  /** Of the property, read after the reservation was locked: from the next date on the stay is among those whose night is charged. */
  business_date: string;
}

export const checkOutKind: Kind<CheckOutInput, undefined> = {
  leaseSeconds: 10,
  async call(operation, { services, tenantId }) {
    const { settlement, business_date } = operation.input;
    const body = { reservation_id: reservationOf(operation), settlement, business_date };
    await services.billing.call({ method: 'POST', path: '/internal/folios/close', tenantId, body, idempotencyKey: operation.id });
    return undefined;
  },
  async finish(transaction, operation) {
    const made = expected(await setStatus(transaction, { id: reservationOf(operation), from: 'in_house', to: 'checked_out', by: operation.started_by }));
    await announce(transaction, EVENTS.checkedOut, made);
    return changed(made);
  },
  refuse: (transaction, operation) => free(transaction, reservationOf(operation), operation.id),
  unanswered: 'carry on',
  // Nothing was done, and a check-out hours later would be a surprise.
  refusedLater: new Set(['night_audit_running']),
};
