/** Groups of reservations of one tenant. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { Group } from '../model/group.ts';
import type { Reservation } from '../model/reservation.ts';
import type { Wishes } from '../model/change.ts';
import { COLUMNS as RESERVATION } from './reservations.ts';

const COLUMNS = 'id, version, property_id, name, mode, status, created_at, updated_at';

const IDS: Statement = { operation: 'groups.ids', text: 'select business_date, uuidv7() as group_id, array(select uuidv7() from generate_series(1, $2)) as ids from properties where id = $1' };
const INSERT: Statement = {
  operation: 'groups.insert',
  text: 'insert into groups (tenant_id, id, property_id, name, mode, status) values (current_tenant(), $1, $2, $3, $4, \'requested\')',
};
const INSERT_MEMBERS: Statement = {
  operation: 'groups.insert_members',
  text: `insert into reservations (tenant_id, id, property_id, guest_id, group_id, status, last_revision, room_type_id, rate_plan_id, arrival, departure, room_nights, adults, children, source, operation_id, changed_by)
    select current_tenant(), m.id, $2, coalesce((select into_id from guest_merges where from_id = m.guest_id), m.guest_id), $1, 'requested', 1, m.room_type_id, m.rate_plan_id, m.arrival, m.departure, daterange(m.arrival, m.departure), m.adults, m.children, 'group', $3, $4
    from jsonb_to_recordset($5) as m (id uuid, guest_id uuid, room_type_id uuid, rate_plan_id uuid, arrival date, departure date, adults smallint, children smallint)`,
};
const SET_STATUS: Statement = {
  operation: 'groups.set_status',
  text: `update groups set status = $2, version = version + case when status = 'requested' then 0 else 1 end, updated_at = now()
    where id = $1 and status <> $2 and ($2 <> 'rejected' or status = 'requested') returning ${COLUMNS}`,
};
const GET: Statement = { operation: 'groups.get', text: `select ${COLUMNS} from groups where id = $1` };
const LIST: Statement = {
  operation: 'groups.list',
  text: `select ${COLUMNS} from groups where ($2::uuid is null or property_id = $2) and ($3::uuid is null or id > $3) and status not in ('requested', 'rejected') order by id limit $1`,
};
const MEMBERS: Statement = { operation: 'groups.members', text: `select ${RESERVATION} from reservations r where group_id = $1 order by id` };
const LOCK_MEMBERS: Statement = { operation: 'groups.lock_members', text: `select ${RESERVATION}, r.operation_id from reservations r where group_id = $1 order by id for no key update` };

export interface GroupIds {
  business_date: string;
  group_id: string;
  ids: string[];
}

/** @returns ids to make a group and its reservations with; nothing when the property is not known here */
export async function newIds(transaction: Transaction, propertyId: string, count: number): Promise<GroupIds | undefined> {
  const [made] = await transaction.query<GroupIds>(IDS, [propertyId, count]);
  return made;
}

export interface Member extends Wishes {
  id: string;
}

export async function insertGroup(transaction: Transaction, group: Pick<Group, 'id' | 'property_id' | 'name' | 'mode'>): Promise<void> {
  await transaction.query(INSERT, [group.id, group.property_id, group.name, group.mode]);
}

export async function insertMembers(transaction: Transaction, group: Pick<Group, 'id' | 'property_id'>, members: readonly Member[], operation: { id: string; started_by: string }): Promise<void> {
  await transaction.query(INSERT_MEMBERS, [group.id, group.property_id, operation.id, operation.started_by, JSON.stringify(members)]);
}

/** @returns nothing when it has that status already, or could be had after all */
export async function setGroupStatus(transaction: Transaction, id: string, status: Group['status']): Promise<Group | undefined> {
  const [changed] = await transaction.query<Group>(SET_STATUS, [id, status]);
  return changed;
}

export async function getGroup(transaction: Transaction, id: string): Promise<Group | undefined> {
  const [found] = await transaction.query<Group>(GET, [id]);
  return found;
}

export function listGroups(transaction: Transaction, propertyId: string | undefined, cursor: string | undefined, limit: number): Promise<Group[]> {
  return transaction.query<Group>(LIST, [limit, propertyId ?? null, cursor ?? null]);
}

export function membersOf(transaction: Transaction, id: string): Promise<Reservation[]> {
  return transaction.query<Reservation>(MEMBERS, [id]);
}

export function lockMembers(transaction: Transaction, id: string): Promise<(Reservation & { operation_id: string | null })[]> {
  return transaction.query(LOCK_MEMBERS, [id]);
}
