/** Access tokens: Ed25519-signed JWTs of Core, verified everywhere with its published keys. The tenant of a request is the token's, nothing else's. */
import { createPublicKey } from 'node:crypto';
import { TokenError, createVerifier } from 'fast-jwt';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { FastifyRequest } from 'fastify';
import './formats.ts';
import { Problem, unauthorized } from './errors.ts';

export const TOKEN_ISSUER = 'tartware-core';
export const TOKEN_AUDIENCE = 'tartware';

export const Claims = Type.Object({
  sub: Type.String({ minLength: 1, maxLength: 100, description: 'id of a user, or name of a service' }),
  tenant_id: Type.String({ format: 'uuid' }),
  role: Type.String({ minLength: 1 }),
  exp: Type.Integer({ description: 'seconds since 1970' }),
});
export type Claims = Static<typeof Claims>;

/** A key as `/.well-known/jwks.json` publishes it (RFC 8037). */
export const PublishedKey = Type.Object({
  kty: Type.Literal('OKP'),
  crv: Type.Literal('Ed25519'),
  x: Type.String({ minLength: 1 }),
  kid: Type.String({ minLength: 1, maxLength: 100 }),
});
export type PublishedKey = Static<typeof PublishedKey>;

export interface TokenVerifier {
  /**
   * Synchronous and cached: a token seen before costs no cryptography.
   * @throws Problem 401 when the token is missing, malformed, forged, expired or meant for others; `UnknownKey` when no key of that id is known
   */
  verify: (token: string) => Claims;
  /** Replaces all keys: tokens signed by a key that is gone are refused from then on. */
  setKeys: (keys: readonly PublishedKey[]) => void;
}

/** The token names a key that is not known (yet): the caller may fetch the keys again. */
export class UnknownKey extends Problem {
  constructor() {
    super({ status: 401, code: 'token_key_unknown', message: 'The access token is signed by a key that is not known here.', hint: 'Sign in again.', headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
  }
}

const CACHED_TOKENS = 10_000;
/** Characters of a token's end that tell it from others. */
const MARK_LENGTH = 24;
/** Clocks of pods differ by less. */
const CLOCK_TOLERANCE_MS = 2_000;
/** There are as many headers as keys; more than this are made by somebody who plays. */
const CACHED_HEADERS = 100;

const claimsCheck = TypeCompiler.Compile(Claims);

type Verify = (token: string) => unknown;

export function createTokenVerifier(): TokenVerifier {
  let byKid = new Map<string, Verify>();
  /** A token's first part is the same for all tokens of a key: it need not be decoded for each. */
  const byHeader = new Map<string, Verify>();
  /**
   * Found by the end of its signature and compared as a whole, so that nothing but the very token that was verified is found. The cache of
   * fast-jwt does the same by a hash of the token, which costs more than all else that is done for a request here; so does Map with a long key.
   */
  const verified = new Map<string, { token: string; claims: Claims }>();

  function verifierOf(token: string): Verify {
    const header = token.slice(0, token.indexOf('.'));
    const known = byHeader.get(header);
    if (known) {
      return known;
    }
    const found = byKid.get(keyIdOf(header));
    if (!found) {
      throw new UnknownKey();
    }
    if (byHeader.size >= CACHED_HEADERS) {
      byHeader.clear();
    }
    byHeader.set(header, found);
    return found;
  }

  function keep(token: string, claims: Claims): void {
    if (verified.size >= CACHED_TOKENS) {
      // The oldest goes: a Map keeps the order in which it was filled.
      const [oldest = ''] = verified.keys();
      verified.delete(oldest);
    }
    verified.set(token.slice(-MARK_LENGTH), { token, claims });
  }

  return {
    verify(token) {
      const known = verified.get(token.slice(-MARK_LENGTH));
      if (known !== undefined && known.token === token && known.claims.exp * 1_000 + CLOCK_TOLERANCE_MS > Date.now()) {
        return known.claims;
      }
      const verify = verifierOf(token);
      let claims: unknown;
      try {
        claims = verify(token);
      } catch (cause) {
        throw refused(cause);
      }
      if (!claimsCheck.Check(claims)) {
        throw unauthorized('token_claims_missing', 'The access token lacks a claim: sub, tenant_id, role or exp.');
      }
      keep(token, claims);
      return claims;
    },
    setKeys(keys) {
      byKid = new Map(keys.map((key) => [key.kid, verifierFor(key)]));
      byHeader.clear();
      verified.clear();
    },
  };
}

function verifierFor(key: PublishedKey): Verify {
  const pem = createPublicKey({ key: { kty: key.kty, crv: key.crv, x: key.x }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  return createVerifier({
    key: pem,
    algorithms: ['EdDSA'],
    allowedIss: TOKEN_ISSUER,
    allowedAud: TOKEN_AUDIENCE,
    requiredClaims: ['sub', 'tenant_id', 'role', 'exp', 'iss', 'aud'],
    clockTolerance: CLOCK_TOLERANCE_MS,
    cache: false,
  });
}

function keyIdOf(header: string): string {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'kid' in parsed && typeof parsed.kid === 'string') {
      return parsed.kid;
    }
  } catch {
    // Answered below, like a header without a key id.
  }
  throw unauthorized('token_malformed', 'The access token is not one of ours.');
}

function refused(cause: unknown): Problem {
  if (cause instanceof TokenError && cause.code === TokenError.codes.expired) {
    return unauthorized('token_expired', 'The access token has expired.', 'Sign in again.');
  }
  return unauthorized('token_invalid', 'The access token is not valid.', 'Sign in again and send the token unchanged.');
}

/** @returns the bearer token of a request; @throws Problem 401 */
export function bearerToken(request: Pick<FastifyRequest, 'headers'>): string {
  const header = request.headers.authorization;
  if (header === undefined) {
    throw unauthorized('token_missing', 'This needs an access token.');
  }
  if (!header.startsWith('Bearer ') && header.slice(0, 7).toLowerCase() !== 'bearer ') {
    throw unauthorized('token_malformed', 'The authorization header is not a bearer token.');
  }
  return header.slice(7).trim();
}
