import { SandboxError, describeError } from '../errors.ts';
import { SESSION_TTL_MINUTES } from '../rancher/settings.ts';
import type { FastifyInstance } from 'fastify';
import { createEdge } from './edge.ts';
import { parseFlags } from './flags.ts';
import { readUsers } from './identity/users.ts';

try {
  const { port, users, ...flags } = parseFlags(process.argv.slice(2));
  const edge = await createEdge({ ...flags, users: readUsers(users), sessionTtlMs: SESSION_TTL_MINUTES * 60_000 });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void edge.close());
  console.log(`Rancher-API edge on ${await listen(edge, port)}`);
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}

async function listen(edge: FastifyInstance, port: number): Promise<string> {
  try {
    return await edge.listen({ host: '127.0.0.1', port });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SandboxError('EDGE_PORT', `the edge can't listen on port ${port}: ${message}`, 'stop the program that does (ss -ltnp shows it), or give another --port', { cause });
  }
}
