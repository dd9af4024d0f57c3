import { Type } from '@sinclair/typebox';
import { unauthorized } from '@tartware/kit';
import type { App } from '@tartware/kit';
import type { Database } from '@tartware/kit/database';
import { matchesNobody, matchesPassword } from '../model/password.ts';
import { TOKEN_SECONDS } from '../model/signing-key.ts';
import type { SigningKey } from '../model/signing-key.ts';
import { findUser, listMemberships } from '../store/accounts.ts';
import type { Membership } from '../store/accounts.ts';

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
    const userId = await findUser(database, email.toLowerCase());
    const memberships = userId === undefined ? [] : await listMemberships(database, userId);
    const membership = await firstThatOpens(memberships.filter((one) => tenant_id === undefined || one.tenant_id === tenant_id), password);
    if (userId === undefined || !membership) {
      throw unauthorized('credentials_wrong', 'The e-mail address or the password is wrong.', 'Check both, and the tenant if you named one.');
    }
    reply.header('cache-control', 'no-store');
    return {
      access_token: key.sign({ userId, tenantId: membership.tenant_id, role: membership.role }),
      token_type: 'Bearer' as const,
      expires_in: TOKEN_SECONDS,
    };
  });
}

/** Each try costs what hashing costs; who belongs to more tenants than this names the one that is meant. */
const TRIED_AT_MOST = 5;

async function firstThatOpens(memberships: readonly Membership[], password: string): Promise<Membership | undefined> {
  if (memberships.length === 0) {
    await matchesNobody(password);
  }
  for (const membership of memberships.slice(0, TRIED_AT_MOST)) {
    if (await matchesPassword(password, membership.password_hash)) {
      return membership;
    }
  }
  return undefined;
}
