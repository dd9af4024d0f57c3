/** Core's signing key: access tokens out, public half for everybody. */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { createSigner } from 'fast-jwt';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@tartware/kit/tokens';
import type { PublishedKey } from '@tartware/kit/tokens';

export interface Subject {
  userId: string;
  tenantId: string;
  role: string;
}

export interface SigningKey {
  published: PublishedKey;
  /** @returns a token that is valid for `TOKEN_SECONDS` */
  sign: (subject: Subject) => string;
  /**
   * @param onBehalfOf whom the service acts for, who then stands in what is written down; itself unless told
   * @returns a token for a service that acts for a tenant, valid for `SERVICE_TOKEN_SECONDS`
   */
  signForService: (name: string, tenantId: string, onBehalfOf?: string) => string;
}

/** Until there is a list of withdrawn tokens, a dismissed user keeps access for this long at most. */
export const TOKEN_SECONDS = 3_600;
export const SERVICE_TOKEN_SECONDS = 300;

/** @param pem Ed25519 private key, PKCS#8; `\n` written out is taken as a line break, as environment files have it */
export function readSigningKey(pem: string): SigningKey {
  const key = createPrivateKey(pem.replaceAll('\\n', '\n'));
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new Error(`The signing key is of type ${key.asymmetricKeyType}, not ed25519.`);
  }
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  if (!x) {
    throw new Error('The signing key has no public half.');
  }
  // RFC 7638: the key's id is the hash of its required members in alphabetical order, so every pod names it alike.
  const kid = createHash('sha256').update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x })).digest('base64url');
  const signer = (seconds: number): ((claims: Record<string, unknown>) => string) => createSigner({
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    algorithm: 'EdDSA',
    kid,
    iss: TOKEN_ISSUER,
    aud: TOKEN_AUDIENCE,
    expiresIn: seconds * 1000,
  });
  const sign = signer(TOKEN_SECONDS);
  const signForService = signer(SERVICE_TOKEN_SECONDS);
  return {
    published: { kty: 'OKP', crv: 'Ed25519', x, kid },
    sign: ({ userId, tenantId, role }) => sign({ sub: userId, tenant_id: tenantId, role }),
    // RFC 8693, 4.1: `act` is who really acts.
    signForService: (name, tenantId, onBehalfOf = name) => signForService({ sub: onBehalfOf, act: { sub: name }, tenant_id: tenantId, role: 'service' }),
  };
}

export function isSigningKey(pem: string): boolean {
  try {
    readSigningKey(pem);
    return true;
  } catch {
    return false;
  }
}
