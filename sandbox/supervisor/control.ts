import { existsSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { SandboxError } from '../errors.ts';
import type { Supervisor, UnitStatus } from './supervisor.ts';

/** Serves the running sandbox on a Unix socket of its owner: status, and stop or start of one part. */
export async function serveControl(supervisor: Supervisor, socket: string): Promise<FastifyInstance> {
  if (existsSync(socket)) rmSync(socket);
  const server = Fastify();
  server.setErrorHandler(async (error, _request, reply) => {
    const known = error instanceof SandboxError ? error : new SandboxError('CONTROL_FAILED', String(error), 'see the log of the part');
    return reply.code(known.code === 'UNKNOWN_PART' ? 404 : 500).send({ code: known.code, message: known.message, hint: known.hint });
  });
  server.get('/status', async () => supervisor.status());
  server.post<{ Params: { name: string } }>('/parts/:name/stop', async ({ params }) => {
    await supervisor.stopPart(params.name);
    return supervisor.status();
  });
  server.post<{ Params: { name: string } }>('/parts/:name/start', async ({ params }) => {
    await supervisor.startPart(params.name);
    return supervisor.status();
  });
  await server.listen({ path: socket });
  return server;
}

/**
 * Asks the running sandbox.
 * @throws SandboxError NOT_RUNNING when nothing listens, or the sandbox's own error
 */
export async function askControl(socket: string, method: 'GET' | 'POST', path: string): Promise<UnitStatus[]> {
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const call = request({ socketPath: socket, method, path }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
    });
    call.on('error', () => reject(new SandboxError('NOT_RUNNING', 'no sandbox of this checkout is running', 'start one with npm start')));
    call.end();
  });
  const answer: unknown = JSON.parse(body);
  if (status === 200) return answer as UnitStatus[];
  const { code, message, hint } = answer as { code: string; message: string; hint: string };
  throw new SandboxError(code, message, hint);
}
