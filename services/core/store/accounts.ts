/** Users and their memberships, as signing in needs them: nobody is signed in yet, so the transaction names the e-mail address, then the user. */
import type { Database, Statement } from '@tartware/kit/database';

export interface Account {
  id: string;
  password_hash: string;
}

export interface Membership {
  tenant_id: string;
  role: string;
}

const BY_EMAIL: Statement = { operation: 'users.by_email', text: 'select id, password_hash from users where email = $1' };
const OF_USER: Statement = { operation: 'memberships.of_user', text: 'select tenant_id, role from memberships where user_id = $1 order by created_at, tenant_id' };

/** @param email in lower case */
export async function findAccount(database: Database, email: string): Promise<Account | undefined> {
  const [found] = await database.transaction({ 'app.sign_in_email': email }, (transaction) => transaction.query<Account>(BY_EMAIL, [email]));
  return found;
}

/** Oldest first. Only for a user whose password was checked. */
export function listMemberships(database: Database, userId: string): Promise<Membership[]> {
  return database.transaction({ 'app.user_id': userId }, (transaction) => transaction.query<Membership>(OF_USER, [userId]));
}
