/** Puts a scope of routes behind an access token. */
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { Problem } from './errors.ts';
// Fastify's types learn from it what a route's `config` may say.
import type {} from './openapi.ts';
import { bearerToken } from './tokens.ts';
import type { Claims } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on routes behind `requireToken`; read it with `claimsOf`. */
    claims: Claims | null;
  }
}

/** Either a `TokenVerifier` (own keys) or `RemoteTokens` (Core's). */
export interface Tokens {
  verify: (token: string) => Claims | Promise<Claims>;
}

/** Every route of `scope` then answers 401 without a valid token. */
export function requireToken(scope: App, tokens: Tokens): void {
  scope.decorateRequest('claims', null);
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, behindToken: true };
  });
  // Not async: with a known key the answer is there at once, and a promise for each request would cost more than the check.
  scope.addHook('onRequest', (request, _reply, done) => {
    let claims: Claims | Promise<Claims>;
    try {
      claims = tokens.verify(bearerToken(request));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (claims instanceof Promise) {
      claims.then((late) => {
        request.claims = late;
        done();
      }, done);
      return;
    }
    request.claims = claims;
    done();
  });
}

export function claimsOf(request: FastifyRequest): Claims {
  if (!request.claims) {
    throw new Error(`The route ${request.routeOptions.url ?? ''} reads claims but is not behind requireToken.`);
  }
  return request.claims;
}

/** @throws Problem 403 when the token's role is none of `roles` */
export function requireRole(request: FastifyRequest, roles: readonly string[]): Claims {
  const claims = claimsOf(request);
  if (!roles.includes(claims.role)) {
    throw new Problem({ status: 403, code: 'role_insufficient', message: `The role ${claims.role} may not do this.`, hint: `Ask for one of the roles ${roles.join(', ')}.` });
  }
  return claims;
}

const WRITERS = ['operator', 'manager', 'service'] as const;

/** @throws Problem 403 when the token's role may only read */
export function requireWriter(request: FastifyRequest): Claims {
  return requireRole(request, WRITERS);
}

/** Behind `requireToken`: every route of `scope` then answers 403 to everybody but the services themselves. */
export function requireService(scope: App): void {
  scope.addHook('onRequest', (request, _reply, done) => {
    requireRole(request, ['service']);
    done();
  });
}
