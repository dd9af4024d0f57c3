import type { IncomingMessage } from 'node:http';
import '@fastify/cookie';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Session, SessionStore } from './sessions.ts';

const SESSION_COOKIE = 'R_SESS';
const CSRF_COOKIE = 'CSRF';

/** Without `Secure`, unlike Rancher's: the sandbox is plain HTTP on the loopback address. */
const ATTRIBUTES = { path: '/', sameSite: 'strict' } as const;

export function sessionOf(app: FastifyInstance, { headers }: IncomingMessage, sessions: SessionStore): Session | undefined {
  return sessions.find(app.parseCookie(headers.cookie ?? '')[SESSION_COOKIE]);
}

export function setSessionCookies(reply: FastifyReply, session: Session): void {
  const expires = new Date(session.expiresAt);
  reply.setCookie(SESSION_COOKIE, session.token, { ...ATTRIBUTES, httpOnly: true, expires });
  reply.setCookie(CSRF_COOKIE, session.csrf, { ...ATTRIBUTES, expires });
}

export function clearSessionCookies(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, { ...ATTRIBUTES, httpOnly: true });
  reply.clearCookie(CSRF_COOKIE, ATTRIBUTES);
}
