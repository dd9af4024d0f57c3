import { Type } from '@sinclair/typebox';
import { unauthorized } from '@tartware/kit';
import type { App } from '@tartware/kit';
import type { Database } from '@tartware/kit/database';
import { matchesNobody, matchesPassword } from '../model/password.ts';
import { TOKEN_SECONDS } from '../model/signing-key.ts';
import type { SigningKey } from '../model/signing-key.ts';
import { findAccount, listMemberships } from '../store/accounts.ts';

const Credentials = Type.Object({
  email: Type.String({ format: 'email' }),
  /** scrypt's cost does not grow with it, but a body full of it would be hashed first. */
  password: Type.String({ minLength: 1, maxLength: 1_000 }),
  tenant_id: Type.Optional(Type.String({ format: 'uuid', description: 'for users of several tenants; left out: the oldest membership' })),
}, { additionalProperties: false });

const Token = Type.Object({ access_token: Type.String(), token_type: Type.Literal('Bearer'), expires_in: Type.Integer({ description: 'seconds' }) });

export function signInRoutes(app: App, database: Database, key: SigningKey): void {
  app.post('/v1/auth/sign-in', { schema: { summary: 'Gives an access token for an e-mail address and a password.', body: Credentials, response: { 200: Token } } }, async (request, reply) => {
    const { email, password, tenant_id } = request.body;
    const account = await findAccount(database, email.toLowerCase());
    const known = account ? await matchesPassword(password, account.password_hash) : await matchesNobody(password);
    if (!account || !known) {
      throw unauthorized('credentials_wrong', 'The e-mail address or the password is wrong.', 'Check both.');
    }
    const memberships = await listMemberships(database, account.id);
    const membership = memberships.find((candidate) => tenant_id === undefined || candidate.tenant_id === tenant_id);
    if (!membership) {
      throw unauthorized('membership_missing', 'This user is not a member of the tenant.', 'Ask the tenant\'s manager for access.');
    }
    reply.header('cache-control', 'no-store');
    return {
      access_token: key.sign({ userId: account.id, tenantId: membership.tenant_id, role: membership.role }),
      token_type: 'Bearer' as const,
      expires_in: TOKEN_SECONDS,
    };
  });
}
