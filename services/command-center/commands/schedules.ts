/** Schedules in PostgreSQL, and the job that makes commands of them. */
import { randomUUID } from 'node:crypto';
import type { Database, Statement, Transaction } from '@tartware/kit/database';
import { nextRun } from './schedule.ts';
import type { NewSchedule, Schedule } from './schedule.ts';
import { insertCommands } from './store.ts';

const COLUMNS = `id, name, cron, time_zone, command, target, payload, requested_by, next_run_at, to_json(last_run_at at time zone 'utc') #>> '{}' || 'Z' as last_run_at, created_at`;

const INSERT: Statement = {
  operation: 'schedules.insert',
  text: `insert into schedules (tenant_id, name, cron, time_zone, command, target, payload, requested_by, next_run_at)
    values (current_tenant(), $1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, name) do nothing returning ${COLUMNS}`,
};
const GET: Statement = { operation: 'schedules.get', text: `select ${COLUMNS} from schedules where id = $1` };
const LIST: Statement = { operation: 'schedules.list', text: `select ${COLUMNS} from schedules where $1::uuid is null or id > $1 order by id limit $2` };
const DELETE: Statement = { operation: 'schedules.delete', text: 'delete from schedules where id = $1 returning id' };
const DUE: Statement = { operation: 'schedules.due', text: 'select tenant_id, id from schedules where next_run_at <= now() order by next_run_at limit 100' };
const LOCK_DUE: Statement = { operation: 'schedules.lock_due', text: `select ${COLUMNS} from schedules where id = $1 and next_run_at <= now() for update` };
const ADVANCE: Statement = { operation: 'schedules.advance', text: 'update schedules set last_run_at = next_run_at, next_run_at = $2 where id = $1' };

/** @returns nothing when the tenant has one of this name */
export async function insertSchedule(transaction: Transaction, { name, cron, time_zone, command, target, payload = {} }: NewSchedule, requestedBy: string): Promise<Schedule | undefined> {
  const [made] = await transaction.query<Schedule>(INSERT, [name, cron, time_zone, command, target ?? null, JSON.stringify(payload), requestedBy, nextRun(cron, time_zone, new Date())]);
  return made;
}

export async function getSchedule(transaction: Transaction, id: string): Promise<Schedule | undefined> {
  const [found] = await transaction.query<Schedule>(GET, [id]);
  return found;
}

/** @param after id of the last one seen */
export function listSchedules(transaction: Transaction, after: string | undefined, limit: number): Promise<Schedule[]> {
  return transaction.query<Schedule>(LIST, [after ?? null, limit]);
}

/** @returns whether it was there */
export async function deleteSchedule(transaction: Transaction, id: string): Promise<boolean> {
  return (await transaction.query(DELETE, [id])).length > 0;
}

/** Makes the commands that are due. Runs that were missed while nobody looked are made up for by one. @returns how many were made */
export async function runSchedules(database: Database): Promise<number> {
  const due = await database.transaction({ 'app.worker': 'on' }, (transaction) => transaction.query<{ tenant_id: string; id: string }>(DUE));
  let made = 0;
  const failed: unknown[] = [];
  for (const { tenant_id, id } of due) {
    // One that fails must not keep back the others behind it.
    made += await database.withTenant(tenant_id, (transaction) => runSchedule(transaction, id)).catch((error: unknown) => {
      failed.push(error);
      return 0;
    });
  }
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} of ${due.length} schedules could not make their command.`);
  return made;
}

async function runSchedule(transaction: Transaction, id: string): Promise<number> {
  const [schedule] = await transaction.query<Schedule>(LOCK_DUE, [id]);
  if (!schedule) {
    return 0;
  }
  const { cron, time_zone, command, target, payload, requested_by, next_run_at } = schedule;
  const batch = { batchId: randomUUID(), scheduleId: id, runAt: next_run_at.toISOString(), requestedBy: requested_by };
  const commands = await insertCommands(transaction, batch, [{ command, payload, ...(target === null ? {} : { target }) }]);
  await transaction.query(ADVANCE, [id, nextRun(cron, time_zone, new Date())]);
  return commands.length;
}
