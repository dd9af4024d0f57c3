import type { FastifyRequest } from 'fastify';
import { unauthorized } from '../errors.ts';
import type { Session } from './sessions.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request, when that is known. */
    session: Session | undefined;
  }
}

/** @throws EdgeError 401 */
export function sessionRequired({ session }: FastifyRequest): Session {
  if (!session) throw unauthorized();
  return session;
}
