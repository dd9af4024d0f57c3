import fastifyCookie from '@fastify/cookie';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { extensions } from './answers/extensions.ts';
import { folderExtensions } from './answers/folder-extensions.ts';
import { installedExtensions } from './answers/installed-extensions.ts';
import { preferences } from './answers/preferences.ts';
import { rancherAnswers } from './answers/rancher.ts';
import { signIn } from './answers/sign-in.ts';
import { EdgeError, notFound, sendError, unauthorized } from './errors.ts';
import { Forwarder } from './forwarding/forwarder.ts';
import { forwardingOf, isPublic, type Upstreams } from './forwarding/routes.ts';
import { acceptWebSockets } from './forwarding/upgrades.ts';
import { apiServerUpstream, steveUpstream } from './forwarding/upstreams.ts';
import { sessionOf } from './identity/cookies.ts';
import './identity/guard.ts';
import { requireCsrfToken, requireSameOrigin } from './identity/request-origin.ts';
import { SessionStore } from './identity/sessions.ts';
import { dashboard } from './pages/dashboard.ts';
import type { SandboxUser } from '../rancher/users.ts';

export interface EdgeOptions {
  readonly kubeconfig: string;
  readonly steve: string;
  readonly dashboard: string;
  /** A folder of extensions in place of those that are installed in the cluster. */
  readonly extensions?: string | undefined;
  readonly users: readonly SandboxUser[];
  /** How long a sign-in lasts, in milliseconds. */
  readonly sessionTtlMs: number;
}

/**
 * What stands in for the Rancher server: the caller lets it listen.
 * @throws SandboxError when a folder or the kubeconfig is of no use
 */
export async function createEdge(options: EdgeOptions): Promise<FastifyInstance> {
  const app = Fastify({ logger: { level: 'warn' }, forceCloseConnections: true });
  const sessions = new SessionStore(options.sessionTtlMs);
  const upstreams: Upstreams = { steve: steveUpstream(options.steve), apiServer: await apiServerUpstream(options.kubeconfig) };
  const forwarder = new Forwarder();

  await app.register(fastifyCookie);
  app.decorateRequest('session', undefined);
  app.addHook('onRequest', async (request, reply) => identify(app, sessions, request, reply));
  app.setErrorHandler(async (error: FastifyError | EdgeError, request, reply) => sendError(reply, knownError(error, request)));
  app.setNotFoundHandler(async (request) => {
    throw notFound(request.url);
  });

  app.get('/healthz', async () => ({ status: 'ok' }));
  signIn(app, options.users, sessions);
  rancherAnswers(app, options.users);
  preferences(app);
  extensions(app, options.extensions === undefined ? installedExtensions(upstreams.apiServer) : folderExtensions(options.extensions));
  dashboard(app, options.dashboard);
  forwardTheRest(app, upstreams, forwarder);
  acceptWebSockets(app, sessions, upstreams, forwarder);
  app.addHook('preClose', async () => sessions.endAll());
  return app;
}

/** Finds out who asks, and refuses what another site's page may have sent. */
async function identify(app: FastifyInstance, sessions: SessionStore, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  requireSameOrigin(request.raw);
  request.session = sessionOf(app, request.raw, sessions);
  // Rancher says on every answer whether it knows the asker; the dashboard decides by it whether to show the sign-in page.
  reply.header('x-api-cattle-auth', String(request.session !== undefined));
  if (request.session) requireCsrfToken(request.raw, request.session);
}

/** Steve and the API server get everything that nobody above answers. Bodies are passed on unread. */
function forwardTheRest(app: FastifyInstance, upstreams: Upstreams, forwarder: Forwarder): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    for (const url of ['/v1', '/v1/*', '/version', '/k8s/clusters/local/*']) {
      scope.all(url, async (request, reply) => {
        const forwarding = forwardingOf(request.raw.url ?? '/', upstreams);
        if (!forwarding) throw notFound(request.url);
        if (!request.session && !isPublic(request.method, request.url)) throw unauthorized();
        reply.hijack();
        for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
        await forwarder.request(request.raw, reply.raw, forwarding, request.session);
      });
    }
  });
}

function knownError(error: FastifyError | EdgeError, { log }: FastifyRequest): EdgeError {
  if (error instanceof EdgeError) return error;
  const status = error.statusCode ?? 500;
  if (status < 500) return new EdgeError(status, error.code, error.message, 'see the message; the dashboard itself never sends this', { cause: error });
  log.error(error);
  return new EdgeError(500, 'ServerError', 'the edge failed on this request', 'its log says why: npm run sandbox:status names the file', { cause: error });
}
