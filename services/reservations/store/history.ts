/** What became of a reservation, version by version. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Moment, Version } from '@tartware/kit/resources';
import type { Statement, Transaction } from '@tartware/kit/database';
import { Status } from '../model/reservation.ts';

export const HistoryEntry = Type.Object({
  version: Version,
  status: Status,
  changed_by: Type.String({ description: 'the user or service' }),
  changed_at: Moment,
  state: Type.Record(Type.String(), Type.Unknown(), { description: 'the reservation as it was then' }),
});
export type HistoryEntry = Static<typeof HistoryEntry>;

const LIST: Statement = {
  operation: 'history.list',
  text: 'select version, status, changed_by, changed_at, state from reservation_history where reservation_id = $1 and version > $2 order by version limit $3',
};

/** @param after version of the last entry seen; @returns oldest first */
export function listHistory(transaction: Transaction, reservationId: string, after: number, limit: number): Promise<HistoryEntry[]> {
  return transaction.query<HistoryEntry>(LIST, [reservationId, after, limit]);
}
