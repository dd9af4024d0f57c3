/** The members of a tenant. A user belongs to nobody: the same e-mail address may be a member of several tenants. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { User } from '../model/user.ts';

const COLUMNS = 'users.id, users.email, memberships.role, memberships.version, to_json(memberships.created_at at time zone \'utc\') #>> \'{}\' || \'Z\' as created_at';

const LIST: Statement = {
  operation: 'users.list',
  text: `select ${COLUMNS} from memberships join users on users.id = memberships.user_id
    where memberships.tenant_id = current_tenant() and ($1::uuid is null or users.id > $1) order by users.id limit $2`,
};
const GET: Statement = {
  operation: 'users.get',
  text: `select ${COLUMNS} from memberships join users on users.id = memberships.user_id where memberships.tenant_id = current_tenant() and users.id = $1`,
};
/** Not "returning": a user that is no member yet may not be seen. */
const INSERT_USER: Statement = { operation: 'users.insert', text: 'insert into users (email) values ($1) on conflict (email) do nothing' };
const INSERT_MEMBERSHIP: Statement = {
  operation: 'memberships.insert',
  text: `insert into memberships (tenant_id, user_id, role, password_hash) select current_tenant(), id, $2, $3 from users where email = $1
    on conflict (tenant_id, user_id) do nothing returning user_id`,
};
/** All managers, not only the one that changes: two who dismiss each other at once must not both succeed. */
const LOCK_MANAGERS: Statement = {
  operation: 'memberships.lock_managers',
  text: 'select user_id from memberships where tenant_id = current_tenant() and role = \'manager\' order by user_id for update',
};
const UPDATE: Statement = {
  operation: 'memberships.update',
  text: `update memberships set role = coalesce($2, role), password_hash = coalesce($3, password_hash), version = version + 1
    where tenant_id = current_tenant() and user_id = $1`,
};
const DELETE: Statement = { operation: 'memberships.delete', text: 'delete from memberships where tenant_id = current_tenant() and user_id = $1' };

/** @param after id of the last user seen */
export function listUsers(transaction: Transaction, after: string | undefined, limit: number): Promise<User[]> {
  return transaction.query<User>(LIST, [after ?? null, limit]);
}

export async function getUser(transaction: Transaction, id: string): Promise<User | undefined> {
  const [found] = await transaction.query<User>(GET, [id]);
  return found;
}

/**
 * Makes the user if the address is unknown, and the membership; the transaction names the address in `app.sign_in_email`.
 * @returns the user's id, or nothing when it is a member already
 */
export async function addMember(transaction: Transaction, email: string, passwordHash: string, role: string): Promise<string | undefined> {
  await transaction.query(INSERT_USER, [email]);
  const [made] = await transaction.query<{ user_id: string }>(INSERT_MEMBERSHIP, [email, role, passwordHash]);
  return made?.user_id;
}

/** @returns the ids of the tenant's managers, who stay what they are until the transaction ends */
export async function lockManagers(transaction: Transaction): Promise<string[]> {
  const rows = await transaction.query<{ user_id: string }>(LOCK_MANAGERS);
  return rows.map(({ user_id }) => user_id);
}

/** What is left out stays. */
export async function updateMember(transaction: Transaction, id: string, { role, passwordHash }: { role: string | undefined; passwordHash: string | undefined }): Promise<void> {
  await transaction.query(UPDATE, [id, role ?? null, passwordHash ?? null]);
}

export async function removeMember(transaction: Transaction, id: string): Promise<void> {
  await transaction.query(DELETE, [id]);
}
