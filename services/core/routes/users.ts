import { Type } from '@sinclair/typebox';
import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { requireRole } from '@tartware/kit/authenticate';
import type { Database, Transaction } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import { Id, PageQuery, etagOf, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { hashPassword } from '../model/password.ts';
import { NewUser, User, UserChange } from '../model/user.ts';
import { requireTenant } from '../store/tenants.ts';
import { addMember, getUser, listUsers, lockManagers, removeMember, updateMember } from '../store/users.ts';

const ById = Type.Object({ id: Id });
const MANAGERS = ['manager'];

/** `app` is behind `requireToken`. Only managers see and change who may sign in. */
export function userRoutes(app: App, database: Database): void {
  app.get('/v1/users', { schema: { summary: 'Lists who may sign in.', querystring: PageQuery, response: { 200: pageOf(User) } } }, async (request) => {
    const { limit, cursor } = request.query;
    const found = await database.withTenant(requireRole(request, MANAGERS).tenant_id, (transaction) => listUsers(transaction, cursor, limit + 1));
    return toPage(found, limit);
  });

  app.post('/v1/users', { schema: { summary: 'Lets somebody sign in.', body: NewUser, response: { 201: User } } }, async (request, reply) => {
    requireRole(request, MANAGERS);
    const { role, password } = request.body;
    const email = request.body.email.toLowerCase();
    const hash = await hashPassword(password);
    // What is kept to know the request again must not help anybody to guess the password.
    request.body.password = '';
    return idempotent(asWhoSignsIn(database, email), request, reply, async (transaction) => {
      await requireTenant(transaction);
      const id = await addMember(transaction, email, hash, role);
      if (id === undefined) {
        throw new Problem({ status: 409, code: 'user_is_member', message: 'This e-mail address is a member of the tenant already.', hint: 'Change its role instead: PATCH /v1/users/:id.' });
      }
      const made = existing(await getUser(transaction, id));
      return { status: 201, body: made, headers: { location: `/v1/users/${made.id}`, etag: etagOf(made) } };
    });
  });

  app.patch('/v1/users/:id', { schema: { summary: 'Gives a user another role or password.', params: ById, body: UserChange, response: { 200: User } } }, async (request, reply) => {
    const { id } = request.params;
    const { role, password } = request.body;
    const { tenant_id } = requireRole(request, MANAGERS);
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    const changed = await database.withTenant(tenant_id, async (transaction) => {
      const managers = await lockManagers(transaction);
      requireMatch(request, existing(await getUser(transaction, id)).version);
      if (role !== undefined && role !== 'manager') {
        requireOtherManager(managers, id);
      }
      await updateMember(transaction, id, { role, passwordHash });
      return existing(await getUser(transaction, id));
    });
    return sendWithETag(reply, changed);
  });

  app.delete('/v1/users/:id', { schema: { summary: 'Ends a membership.', params: ById, response: { 204: Type.Null() } } }, async (request, reply) => {
    const { id } = request.params;
    await database.withTenant(requireRole(request, MANAGERS).tenant_id, (transaction) => dismiss(transaction, id));
    return reply.code(204).send(null);
  });
}

/** A user who is no member yet is seen only by transactions that name the e-mail address. */
function asWhoSignsIn(database: Database, email: string): Database {
  return { ...database, withTenant: (tenantId, work) => database.transaction({ 'app.tenant_id': tenantId, 'app.sign_in_email': email }, work) };
}

async function dismiss(transaction: Transaction, id: string): Promise<void> {
  requireOtherManager(await lockManagers(transaction), id);
  existing(await getUser(transaction, id));
  await removeMember(transaction, id);
}

function existing(user: User | undefined): User {
  if (!user) {
    throw notFound('This user');
  }
  return user;
}

function requireOtherManager(managers: readonly string[], id: string): void {
  if (managers.length === 1 && managers[0] === id) {
    throw new Problem({ status: 409, code: 'last_manager', message: 'This is the tenant\'s only manager.', hint: 'Make somebody else a manager first.' });
  }
}
