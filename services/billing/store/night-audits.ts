import type { Database, Statement, Transaction } from '@tartware/kit/database';
import type { AuditProblem, InHouse, NightAudit, Step, Totals } from '../model/night-audit.ts';
import { listBy } from './queries.ts';
import type { List, Queries } from './queries.ts';

const COLUMNS = `audit.id, audit.property_id, audit.business_date, audit.status, audit.step, audit.no_shows, audit.attempts, audit.problem, audit.totals,
  audit.started_at, audit.completed_at`;

const WITH_ROOMS = `select ${COLUMNS}, rooms.counts as rooms, rooms.refused from night_audits audit, lateral (
    select jsonb_build_object('in_house', count(*), 'waiting', count(*) filter (where room.status = 'waiting'), 'posted', count(*) filter (where room.status = 'posted'),
        'free', count(*) filter (where room.status = 'free'), 'refused', count(*) filter (where room.status = 'refused')) as counts,
      coalesce((select jsonb_agg(bad.problem || jsonb_build_object('reservation_id', bad.reservation_id)) from (
        select reservation_id, problem from night_audit_rooms where audit_id = audit.id and status = 'refused' order by reservation_id limit 100) bad), '[]') as refused
    from night_audit_rooms room where room.audit_id = audit.id) rooms`;

const GET: Statement = { operation: 'night_audits.get', text: `${WITH_ROOMS} where audit.id = $1` };
const OF_DATE: Statement = { operation: 'night_audits.of_date', text: `${WITH_ROOMS} where audit.property_id = $1 and audit.business_date = $2` };
const LIST: List = {
  operation: 'night_audits.list',
  select: WITH_ROOMS,
  order: 'audit.id desc',
  conditions: { property_id: 'audit.property_id = $', before: 'audit.id < $' },
};
const BEGIN: Statement = {
  operation: 'night_audits.begin',
  text: `insert into night_audits (tenant_id, property_id, business_date, actor) values (current_tenant(), $1, $2, $3)
    on conflict (tenant_id, property_id, business_date) do update set status = 'running', problem = null, attempts = 0, retry_at = now() where night_audits.status = 'failed' returning id`,
};
/** A night is owed from the moment that reservations has closed its day, which is told by the date, to the posting of its rooms. */
const NIGHT_OWED: Statement = {
  operation: 'night_audits.night_owed',
  text: `select p.business_date from properties p where p.id = $1 and p.business_date < $2
    and not exists (select from night_audits a where a.tenant_id = p.tenant_id and a.property_id = p.id and a.business_date = p.business_date and a.step in ('advance_date', 'done'))`,
};
const RUNNING: Statement = { operation: 'night_audits.running', text: 'select tenant_id, id from night_audits where status = \'running\' and retry_at <= now() order by retry_at limit 100' };
const LOCK: Statement = { operation: 'night_audits.lock', text: 'select id, property_id, business_date, status, step, no_shows from night_audits where id = $1 for update' };
const TAKE_UP: Statement = { operation: 'night_audits.take_up', text: 'update night_audits set attempts = attempts + 1 where id = $1' };
const ADD_ROOMS: Statement = {
  operation: 'night_audits.add_rooms',
  text: `insert into night_audit_rooms (tenant_id, audit_id, reservation_id, room_id, guest_id, amount_minor, currency)
    select current_tenant(), $1, r.* from jsonb_to_recordset($2::jsonb) as r (reservation_id uuid, room_id uuid, guest_id uuid, amount_minor bigint, currency text)
    on conflict do nothing`,
};
const STEP: Statement = { operation: 'night_audits.step', text: 'update night_audits set step = $2, no_shows = $3, problem = null, attempts = 0 where id = $1' };
const WAITING: Statement = {
  operation: 'night_audits.waiting',
  text: `select reservation_id, room_id, guest_id, amount_minor, currency from night_audit_rooms where audit_id = $1 and status = 'waiting'
    order by reservation_id limit $2`,
};
const ROOMS_DONE: Statement = {
  operation: 'night_audits.rooms_done',
  text: `update night_audit_rooms set status = r.status, problem = r.problem
    from jsonb_to_recordset($2::jsonb) as r (reservation_id uuid, status text, problem jsonb)
    where audit_id = $1 and night_audit_rooms.reservation_id = r.reservation_id`,
};
const POSTED: Statement = { operation: 'night_audits.posted', text: 'select count(*)::int as rooms from night_audit_rooms where audit_id = $1 and status = \'posted\'' };
const COMPLETE: Statement = {
  operation: 'night_audits.complete',
  text: 'update night_audits set status = \'completed\', step = \'done\', totals = $2, problem = null, completed_at = now() where id = $1',
};
const TROUBLE: Statement = {
  operation: 'night_audits.trouble',
  text: `update night_audits set status = $2, problem = $3, retry_at = now() + least(interval '30 seconds', interval '0.25 seconds' * power(2, least(attempts, 10)))
    where id = $1 and status = 'running'`,
};

export async function getAudit(queries: Queries, id: string): Promise<NightAudit | undefined> {
  const [found] = await queries.query<NightAudit>(GET, [id]);
  return found;
}

export async function auditOfDate(transaction: Transaction, propertyId: string, businessDate: string): Promise<NightAudit | undefined> {
  const [found] = await transaction.query<NightAudit>(OF_DATE, [propertyId, businessDate]);
  return found;
}

/** Newest first. @param before id of the last audit seen */
export function listAudits(queries: Queries, propertyId: string | undefined, before: string | undefined, limit: number): Promise<NightAudit[]> {
  const { statement, values } = listBy(LIST, { property_id: propertyId, before }, limit);
  return queries.query<NightAudit>(statement, values);
}

/** Begins the audit of a date, or takes a failed one up again. @returns whether it did: else it runs or is done */
export async function beginAudit(transaction: Transaction, propertyId: string, businessDate: string, startedBy: string): Promise<boolean> {
  const begun = await transaction.query<{ id: string }>(BEGIN, [propertyId, businessDate, startedBy]);
  return begun.length > 0;
}

/**
 * @param dateOfReservations the business date that reservations is at
 * @returns the night that is closed there and whose rooms are not all charged yet, if there is one
 */
export async function nightOwed(transaction: Transaction, propertyId: string, dateOfReservations: string): Promise<string | undefined> {
  const [owed] = await transaction.query<{ business_date: string }>(NIGHT_OWED, [propertyId, dateOfReservations]);
  return owed?.business_date;
}

/** Over all tenants, oldest first. */
export function runningAudits(database: Database): Promise<{ tenant_id: string; id: string }[]> {
  return database.transaction({ 'app.auditor': 'on' }, (transaction) => transaction.query<{ tenant_id: string; id: string }>(RUNNING));
}

export interface LockedAudit {
  id: string;
  property_id: string;
  business_date: string;
  status: NightAudit['status'];
  step: Step;
  no_shows: number;
}

export async function lockAudit(transaction: Transaction, id: string): Promise<LockedAudit | undefined> {
  const [found] = await transaction.query<LockedAudit>(LOCK, [id]);
  return found;
}

export async function takeUp(transaction: Transaction, id: string): Promise<void> {
  await transaction.query(TAKE_UP, [id]);
}

export async function addRooms(transaction: Transaction, auditId: string, rooms: readonly InHouse[]): Promise<void> {
  await transaction.query(ADD_ROOMS, [auditId, JSON.stringify(rooms)]);
}

export async function setStep(transaction: Transaction, auditId: string, step: Step, noShows: number): Promise<void> {
  await transaction.query(STEP, [auditId, step, noShows]);
}

export function waitingRooms(transaction: Transaction, auditId: string, limit: number): Promise<InHouse[]> {
  return transaction.query<InHouse>(WAITING, [auditId, limit]);
}

export interface RoomDone {
  reservation_id: string;
  status: 'posted' | 'free' | 'refused';
  problem: { code: string; message: string } | null;
}

export async function markRooms(transaction: Transaction, auditId: string, rooms: readonly RoomDone[]): Promise<void> {
  await transaction.query(ROOMS_DONE, [auditId, JSON.stringify(rooms)]);
}

export async function countPosted(transaction: Transaction, auditId: string): Promise<number> {
  const [row] = await transaction.query<{ rooms: number }>(POSTED, [auditId]);
  return row?.rooms ?? 0;
}

export async function completeAudit(transaction: Transaction, auditId: string, totals: Totals): Promise<void> {
  await transaction.query(COMPLETE, [auditId, JSON.stringify(totals)]);
}

/** @param ended whether it is given up until somebody asks for it again */
export async function noteTrouble(transaction: Transaction, auditId: string, problem: AuditProblem, ended: boolean): Promise<void> {
  await transaction.query(TROUBLE, [auditId, ended ? 'failed' : 'running', JSON.stringify(problem)]);
}
