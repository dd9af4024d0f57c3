import type { FastifyInstance } from 'fastify';
import { EdgeError, unauthorized } from '../errors.ts';
import { clearSessionCookies, setSessionCookies } from '../identity/cookies.ts';
import type { SessionStore } from '../identity/sessions.ts';
import { userWithPassword } from '../identity/users.ts';
import type { SandboxUser } from '../../rancher/users.ts';

interface LoginBody {
  readonly type?: string;
  readonly username?: string;
  readonly password?: string;
  readonly responseType?: string;
}

const LOCAL_PROVIDER = { id: 'local', type: 'localProvider', baseType: 'authProvider', links: { self: '/v1-public/authproviders/local' }, actions: {} };

/** Signing in and out, as Rancher's local provider does. */
export function signIn(app: FastifyInstance, users: readonly SandboxUser[], sessions: SessionStore): void {
  app.get('/v1-public/authproviders', async () => ({ type: 'collection', resourceType: 'authProvider', data: [LOCAL_PROVIDER] }));

  app.post<{ Body: LoginBody | null }>('/v1-public/login', async (request, reply) => {
    const { type, username = '', password = '', responseType } = request.body ?? {};
    if (type !== 'localProvider' || responseType !== 'cookie') {
      throw new EdgeError(422, 'InvalidOption', 'only type localProvider with responseType cookie is known', 'send {type: "localProvider", responseType: "cookie", username, password}');
    }
    const user = userWithPassword(users, String(username), String(password));
    if (!user) throw new EdgeError(401, 'Unauthorized', 'authentication failed', 'npm start printed the names and passwords');
    setSessionCookies(reply, sessions.start(user));
    return {};
  });

  app.post('/v1/logout', async (request, reply) => {
    if (!request.session) throw unauthorized();
    sessions.end(request.session.token);
    clearSessionCookies(reply);
    return {};
  });
}
