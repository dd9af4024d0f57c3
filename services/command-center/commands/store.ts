/**
 * The queue of commands in PostgreSQL. Statements of one tenant name it, although row level security does so too: the workers' own policy stands beside the
 * tenant's, and of two policies the planner makes an OR that no index serves.
 */
import type { Database, Statement, Transaction } from '@tartware/kit/database';
import type { Command, NewCommand, Status } from './command.ts';

const COLUMNS = `id, batch_id, schedule_id, command, target, payload, if_version, status, run_at, attempts, answer, problem, requested_by, version, created_at,
  to_json(finished_at at time zone 'utc') #>> '{}' || 'Z' as finished_at`;

const INSERT: Statement = {
  operation: 'commands.insert',
  text: `insert into commands (tenant_id, batch_id, schedule_id, command, target, payload, if_version, run_at, next_attempt_at, requested_by)
    select current_tenant(), $1, $2, one ->> 'command', (one ->> 'target')::uuid, coalesce(one -> 'payload', '{}'), (one ->> 'if_version')::integer, $3, greatest($3, now()), $4
    from jsonb_array_elements($5::jsonb) with ordinality as wanted (one, place) order by place
    on conflict (tenant_id, schedule_id, run_at) where schedule_id is not null do nothing
    returning ${COLUMNS}`,
};
const GET: Statement = { operation: 'commands.get', text: `select ${COLUMNS} from commands where tenant_id = current_tenant() and id = $1` };
const LIST: Statement = {
  operation: 'commands.list',
  text: `select ${COLUMNS} from commands
    where tenant_id = current_tenant() and ($1::uuid is null or id < $1) and ($2::text is null or status = $2) and ($3::uuid is null or batch_id = $3) and ($4::uuid is null or target = $4)
    order by id desc limit $5`,
};
/**
 * What is due: queued, or running with a lease that ran out because its worker died. Of one target only the first that is not done, so that a check-in
 * is done before the charge that was sent after it. SKIP LOCKED lets workers take different rows at once.
 */
const CLAIM: Statement = {
  operation: 'commands.claim',
  text: `update commands set status = 'running', attempts = attempts + 1, lease_until = now() + make_interval(secs => $2), version = version + 1
    where (tenant_id, id) in (
      select tenant_id, id from commands due
      where (status = 'queued' or (status = 'running' and lease_until < now())) and next_attempt_at <= now()
        and not exists (
          select from commands earlier where earlier.tenant_id = due.tenant_id and earlier.target = due.target and earlier.id < due.id
            and earlier.status in ('queued', 'running') and earlier.run_at <= now())
      order by next_attempt_at for update skip locked limit $1)
    returning tenant_id, ${COLUMNS}`,
};
/** `attempts` tells whether this is still the worker that holds it: one whose lease ran out writes nothing any more. */
const SETTLE: Statement = {
  operation: 'commands.settle',
  text: `update commands set status = $3, answer = $4, problem = $5, lease_until = null, finished_at = now(), version = version + 1
    where tenant_id = current_tenant() and id = $1 and attempts = $2 and status = 'running' returning ${COLUMNS}`,
};
const POSTPONE: Statement = {
  operation: 'commands.postpone',
  text: `update commands set status = 'queued', lease_until = null, next_attempt_at = now() + make_interval(secs => $3), problem = $4, version = version + 1
    where tenant_id = current_tenant() and id = $1 and attempts = $2 and status = 'running'`,
};
const CANCEL: Statement = {
  operation: 'commands.cancel',
  text: `update commands set status = 'cancelled', finished_at = now(), version = version + 1 where tenant_id = current_tenant() and id = $1 and status = 'queued' returning ${COLUMNS}`,
};
const REPLAY: Statement = {
  operation: 'commands.replay',
  text: `update commands set status = 'queued', attempts = 0, next_attempt_at = now(), finished_at = null, problem = null, version = version + 1
    where tenant_id = current_tenant() and id = $1 and status = 'failed' returning ${COLUMNS}`,
};

/** Finished commands are kept for a quarter of a year, a thousand gone in one statement. */
const FORGET: Statement = {
  operation: 'commands.forget',
  text: `delete from commands where (tenant_id, id) in (
    select tenant_id, id from commands where finished_at < now() - interval '90 days' order by finished_at limit 1000)`,
};

export async function forgetOldCommands(database: Database): Promise<void> {
  await database.transaction({ 'app.worker': 'on' }, (transaction) => transaction.query(FORGET));
}

export interface Batch {
  batchId: string;
  scheduleId?: string;
  /** RFC 3339; nothing: now. */
  runAt: string;
  requestedBy: string;
}

/** @returns them as accepted, in their order; none when a schedule's command of this moment is there already */
export function insertCommands(transaction: Transaction, { batchId, scheduleId, runAt, requestedBy }: Batch, commands: readonly NewCommand[]): Promise<Command[]> {
  return transaction.query<Command>(INSERT, [batchId, scheduleId ?? null, runAt, requestedBy, JSON.stringify(commands)]);
}

export async function getCommand(transaction: Transaction, id: string): Promise<Command | undefined> {
  const [found] = await transaction.query<Command>(GET, [id]);
  return found;
}

export interface CommandFilter {
  status?: Status;
  batch_id?: string;
  target?: string;
}

/** Newest first. @param before id of the last one seen */
export function listCommands(transaction: Transaction, { status, batch_id, target }: CommandFilter, before: string | undefined, limit: number): Promise<Command[]> {
  return transaction.query<Command>(LIST, [before ?? null, status ?? null, batch_id ?? null, target ?? null, limit]);
}

export type Claimed = Command & { tenant_id: string };

/** Takes what is due, of all tenants, for `leaseSeconds`. */
export function claimCommands(database: Database, limit: number, leaseSeconds: number): Promise<Claimed[]> {
  return database.transaction({ 'app.worker': 'on' }, (transaction) => transaction.query<Claimed>(CLAIM, [limit, leaseSeconds]));
}

/** @returns the command at its end, or nothing when another worker has it by now */
export async function settle(transaction: Transaction, { id, attempts }: Command, status: 'succeeded' | 'failed', { answer, problem }: { answer?: unknown; problem?: unknown }): Promise<Command | undefined> {
  const [settled] = await transaction.query<Command>(SETTLE, [id, attempts, status, jsonOrNull(answer), jsonOrNull(problem)]);
  return settled;
}

export async function postpone(transaction: Transaction, { id, attempts }: Command, afterMs: number, problem: unknown): Promise<void> {
  await transaction.query(POSTPONE, [id, attempts, afterMs / 1_000, jsonOrNull(problem)]);
}

/** @returns nothing unless it was queued */
export async function cancelCommand(transaction: Transaction, id: string): Promise<Command | undefined> {
  const [cancelled] = await transaction.query<Command>(CANCEL, [id]);
  return cancelled;
}

/** @returns nothing unless it had failed */
export async function replayCommand(transaction: Transaction, id: string): Promise<Command | undefined> {
  const [queued] = await transaction.query<Command>(REPLAY, [id]);
  return queued;
}

function jsonOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
