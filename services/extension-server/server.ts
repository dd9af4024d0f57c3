import fastifyStatic from '@fastify/static';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { archive, BundleError, fileList, readBundle } from './bundle.ts';
import type { Bundle } from './bundle.ts';

interface Asked {
  Params: { name: string; version: string; '*': string };
}

/**
 * Serves one extension, below addresses that hold its version: during an upgrade a pod of the other version says that it
 * hasn't got it, and Rancher tries again.
 * @param folder of the built extension
 */
export async function createServer(folder: string): Promise<FastifyInstance> {
  // Rancher fetches file after file on one connection, and so from one pod.
  const app = fastify({ keepAliveTimeout: 30_000, logger: { level: 'warn' } });
  const asked = async ({ name, version }: { name: string; version: string }): Promise<Bundle | undefined> => {
    const bundle = await readBundle(folder);
    return bundle.name === name && bundle.version === version ? bundle : undefined;
  };

  await app.register(fastifyStatic, { root: folder, serve: false, dotfiles: 'deny' });
  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async () => {
    const { name, version } = await readBundle(folder);
    return { status: 'ready', name, version };
  });
  app.get<Asked>('/:name/:version.tgz', async (request, reply) => {
    const bundle = await asked(request.params);
    return bundle ? reply.type('application/gzip').send(await archive(bundle)) : reply.callNotFound();
  });
  app.get<Asked>('/:name/:version/files.txt', async (request, reply) => {
    const bundle = await asked(request.params);
    return bundle ? reply.type('text/plain').send(fileList(bundle)) : reply.callNotFound();
  });
  app.get<Asked>('/:name/:version/plugin/*', async (request, reply) => {
    const bundle = await asked(request.params);
    const file = request.params['*'];
    return bundle && [...bundle.files, ...bundle.maps].includes(file) ? reply.sendFile(file) : reply.callNotFound();
  });

  // Rancher takes any answer to files.txt for the list, whatever its status; it refuses a list whose first line begins with a slash.
  app.setNotFoundHandler(async ({ url }, reply) => reply.code(404).type('text/plain').send(`${url} is not here\n`));
  app.setErrorHandler(async (error, { url }, reply) => {
    const incomplete = error instanceof BundleError;
    reply.log.error({ err: error });
    return reply.code(incomplete ? 503 : 500).type('text/plain').send(`${url} cannot be served: ${incomplete ? `${error.message}. ${error.hint}` : 'see the log'}\n`);
  });
  return app;
}
