import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { SandboxError } from '../../errors.ts';
import { notFound } from '../errors.ts';

/** What lies in these folders carries a hash of its content in its name. */
const HASHED = /\/(js|fonts|img)\/[^/]+$/;

/**
 * Rancher's dashboard: its files, and index.html for every other page below /dashboard/.
 * @throws SandboxError EDGE_DASHBOARD when the folder holds none
 */
export function dashboard(app: FastifyInstance, folder: string): void {
  if (!existsSync(join(folder, 'index.html'))) {
    throw new SandboxError('EDGE_DASHBOARD', `${folder} holds no built dashboard`, 'npm start builds it; to build it anew remove the folder');
  }
  // Where the sandbox opens: what it is there to show.
  app.get('/', async (_request, reply) => reply.redirect('/dashboard/c/local/explorer/tartware-services'));
  // The page asks for its icon at the root.
  for (const icon of ['/favicon.png', '/favicon.ico']) app.get(icon, async (_request, reply) => reply.redirect(`/dashboard${icon}`));
  app.register(async (scope) => {
    await scope.register(fastifyStatic, {
      root: folder,
      cacheControl: false,
      setHeaders: (response, path) => {
        response.header('cache-control', HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    scope.setNotFoundHandler(async (request, reply) => {
      // A missing script answered by a page would fail further away from its cause.
      if (request.method !== 'GET' || !request.headers.accept?.includes('text/html')) throw notFound(request.url);
      return reply.header('cache-control', 'no-cache').sendFile('index.html');
    });
  }, { prefix: '/dashboard' });
}
