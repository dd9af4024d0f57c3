/** Users and their memberships, as signing in needs them: nobody is signed in yet, so the transaction names the e-mail address, then the user. */
import type { Database, Statement } from '@tartware/kit/database';

export interface Membership {
  tenant_id: string;
  role: string;
  password_hash: string;
}

const BY_EMAIL: Statement = { operation: 'users.by_email', text: 'select id from users where email = $1' };
const OF_USER: Statement = { operation: 'memberships.of_user', text: 'select tenant_id, role, password_hash from memberships where user_id = $1 order by created_at, tenant_id' };

/** @param email in lower case; @returns the user's id */
export async function findUser(database: Database, email: string): Promise<string | undefined> {
  const [found] = await database.transaction({ 'app.sign_in_email': email }, (transaction) => transaction.query<{ id: string }>(BY_EMAIL, [email]));
  return found?.id;
}

/** Oldest first. Each has a password of its own. */
export function listMemberships(database: Database, userId: string): Promise<Membership[]> {
  return database.transaction({ 'app.user_id': userId }, (transaction) => transaction.query<Membership>(OF_USER, [userId]));
}
