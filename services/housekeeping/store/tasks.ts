/** Tasks and the inspections of them. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Inspection, NewTask, Task } from '../model/task.ts';
import type { Reader } from './reader.ts';

const COLUMNS = 'id, property_id, room_id, kind, state, reservation_id, due_date, assigned_to, note, version, created_at, updated_at';

const LIST: Statement = {
  operation: 'tasks.list',
  text: `select ${COLUMNS} from tasks where ($1::uuid is null or property_id = $1) and ($2::uuid is null or room_id = $2) and ($3::text is null or state = $3)
    and ($4::text is null or kind = $4) and ($5::uuid is null or assigned_to = $5) and ($6::uuid is null or reservation_id = $6)
    and ($7::uuid is null or id > $7) order by id limit $8`,
};
const GET: Statement = { operation: 'tasks.get', text: `select ${COLUMNS} from tasks where id = $1` };
const LOCK: Statement = { operation: 'tasks.lock', text: `${GET.text} for no key update` };
const INSERT: Statement = {
  operation: 'tasks.insert',
  text: `insert into tasks (tenant_id, property_id, room_id, kind, reservation_id, due_date, note) values (current_tenant(), $1, $2, $3, $4, $5, $6)
    on conflict on constraint one_task_per_stay_and_kind do nothing returning ${COLUMNS}`,
};
const UPDATE: Statement = {
  operation: 'tasks.update',
  text: `update tasks set state = $2, assigned_to = $3, note = $4, version = version + 1, updated_at = now() where id = $1 returning ${COLUMNS}`,
};
const INSPECTIONS: Statement = { operation: 'inspections.of_task', text: 'select id, passed, note, coalesce(inspector, inspected_by::text) as inspected_by, created_at from inspections where task_id = $1 order by id' };
const INSPECT: Statement = {
  operation: 'inspections.insert',
  text: 'insert into inspections (tenant_id, task_id, passed, note, inspector) values (current_tenant(), $1, $2, $3, $4)',
};

export interface TaskFilter {
  property_id?: string;
  room_id?: string;
  state?: string;
  kind?: string;
  assigned_to?: string;
  reservation_id?: string;
}

/** @param after id of the last one seen */
export function listTasks(reader: Reader, filter: TaskFilter, after: string | undefined, limit: number): Promise<Task[]> {
  const { property_id, room_id, state, kind, assigned_to, reservation_id } = filter;
  return reader.query<Task>(LIST, [property_id ?? null, room_id ?? null, state ?? null, kind ?? null, assigned_to ?? null, reservation_id ?? null, after ?? null, limit]);
}

export async function getTask(reader: Reader, id: string): Promise<Task | undefined> {
  const [found] = await reader.query<Task>(GET, [id]);
  return found;
}

/** Until the transaction ends nobody else changes it. */
export async function lockTask(transaction: Transaction, id: string): Promise<Task | undefined> {
  const [found] = await transaction.query<Task>(LOCK, [id]);
  return found;
}

/** @returns nothing when the stay has a task of this kind already */
export async function insertTask(transaction: Transaction, task: NewTask & { property_id: string; reservation_id?: string }): Promise<Task | undefined> {
  const { property_id, room_id, kind, reservation_id, due_date, note } = task;
  const [made] = await transaction.query<Task>(INSERT, [property_id, room_id, kind, reservation_id ?? null, due_date ?? null, note ?? '']);
  return made;
}

/** @param task as it was locked, with what changes */
export async function updateTask(transaction: Transaction, { id, state, assigned_to, note }: Task): Promise<Task> {
  const [changed] = await transaction.query<Task>(UPDATE, [id, state, assigned_to, note]);
  if (!changed) throw new Error('A locked task is gone.');
  return changed;
}

/** Oldest first. */
export function listInspections(reader: Reader, taskId: string): Promise<Inspection[]> {
  return reader.query<Inspection>(INSPECTIONS, [taskId]);
}

export async function insertInspection(transaction: Transaction, taskId: string, { passed, note, inspected_by }: Pick<Inspection, 'passed' | 'note' | 'inspected_by'>): Promise<void> {
  await transaction.query(INSPECT, [taskId, passed, note, inspected_by]);
}
