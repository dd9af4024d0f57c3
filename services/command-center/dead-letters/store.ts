/** Dead letters of one tenant; row level security keeps the others' out. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { DeadLetter as Buried, DomainEvent } from '@tartware/kit/events';
import type { DeadLetter } from './dead-letter.ts';

const COLUMNS = `id, consumer, status, attempts, jsonb_build_object('code', error_code, 'message', error_message) as error,
  jsonb_build_object('topic', topic, 'partition', partition, 'offset', record_offset, 'key', key, 'value', value) as record, version, failed_at, resolved_at, resolved_by`;

const INSERT: Statement = {
  operation: 'dead_letters.insert',
  text: `insert into dead_letters (tenant_id, id, consumer, attempts, error_code, error_message, topic, partition, record_offset, key, value, failed_at)
    values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
};
const LIST: Statement = {
  operation: 'dead_letters.list',
  text: `select ${COLUMNS} from dead_letters where tenant_id = current_tenant() and ($1::text is null or status = $1) and ($2::text is null or consumer = $2)
    and ($3::timestamptz is null or (failed_at, id) < ($3, $4::uuid)) order by failed_at desc, id desc limit $5`,
};
const GET: Statement = { operation: 'dead_letters.get', text: `select ${COLUMNS} from dead_letters where tenant_id = current_tenant() and id = $1` };
const LOCK: Statement = { operation: 'dead_letters.lock', text: `${GET.text} for update` };
const RESOLVE: Statement = {
  operation: 'dead_letters.resolve',
  text: `update dead_letters set status = $2, resolved_at = now(), resolved_by = $3, version = version + 1 where tenant_id = current_tenant() and id = $1 returning ${COLUMNS}`,
};

export interface Filter {
  status?: string;
  consumer?: string;
}

export async function keepLetter(transaction: Transaction, { aggregate_id, data }: DomainEvent<Buried>): Promise<void> {
  const { consumer, attempts, error, record, failed_at } = data;
  await transaction.query(INSERT, [
    aggregate_id, consumer, attempts, storable(error.code), storable(error.message), record.topic, record.partition, record.offset, storable(record.key), storable(record.value), failed_at,
  ]);
}

/** What PostgreSQL cannot keep in a text. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

/** Newest first. @param after the last one seen */
export function listLetters(transaction: Transaction, { status, consumer }: Filter, after: readonly [failedAt: string, id: string] | undefined, limit: number): Promise<DeadLetter[]> {
  return transaction.query<DeadLetter>(LIST, [status ?? null, consumer ?? null, after?.[0] ?? null, after?.[1] ?? null, limit]);
}

export async function getLetter(transaction: Transaction, id: string, options: { lock: boolean } = { lock: false }): Promise<DeadLetter | undefined> {
  const [found] = await transaction.query<DeadLetter>(options.lock ? LOCK : GET, [id]);
  return found;
}

export async function resolveLetter(transaction: Transaction, id: string, status: 'replayed' | 'discarded', by: string): Promise<DeadLetter> {
  const [resolved] = await transaction.query<DeadLetter>(RESOLVE, [id, status, by]);
  if (!resolved) throw new Error('The dead letter was locked and is gone.');
  return resolved;
}
