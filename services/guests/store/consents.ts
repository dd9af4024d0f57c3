/** What guests agreed to: rows are added, never changed; the newest of a purpose holds. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Consent } from '../model/guest.ts';

const COLUMNS = 'purpose, granted, source, recorded_by, to_json(recorded_at at time zone \'utc\') #>> \'{}\' || \'Z\' as recorded_at';

const INSERT: Statement = {
  operation: 'consents.insert',
  text: `insert into consents (tenant_id, guest_id, purpose, granted, source, recorded_by) values (current_tenant(), $1, $2, $3, $4, $5) returning ${COLUMNS}`,
};
const ALL: Statement = { operation: 'consents.all', text: `select ${COLUMNS} from consents where guest_id = $1 order by id` };
const MOVE: Statement = { operation: 'consents.move', text: 'update consents set guest_id = $2 where guest_id = $1' };

export interface ConsentGiven {
  guestId: string;
  purpose: string;
  granted: boolean;
  source: string;
  recordedBy: string;
}

export async function insertConsent(transaction: Transaction, { guestId, purpose, granted, source, recordedBy }: ConsentGiven): Promise<Consent> {
  const [made] = await transaction.query<Consent>(INSERT, [guestId, purpose, granted, source, recordedBy]);
  if (!made) {
    throw new Error('The consent was not kept.');
  }
  return made;
}

/** Oldest first. */
export function listConsents(transaction: Transaction, guestId: string): Promise<Consent[]> {
  return transaction.query<Consent>(ALL, [guestId]);
}

export async function moveConsents(transaction: Transaction, from: string, into: string): Promise<void> {
  await transaction.query(MOVE, [from, into]);
}
