/** Keys and tokens for tests: made anew in each run, so that none is ever committed. */
import { generateKeyPairSync, createPublicKey } from 'node:crypto';
import { createSigner } from 'fast-jwt';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '../tokens.ts';
import type { PublishedKey } from '../tokens.ts';

export interface TestKey {
  pem: string;
  published: PublishedKey;
  /** @param claims over those of a valid token; `exp` in seconds since 1970 */
  token: (claims?: Record<string, unknown>, kid?: string) => string;
}

export const TEST_USER = '0199aaaa-0000-7000-8000-000000000001';
export const TEST_TENANT = '0199aaaa-0000-7000-8000-00000000000a';

export function createTestKey(kid: string): TestKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    pem,
    published: { kty: 'OKP', crv: 'Ed25519', x, kid },
    token(claims = {}, namedKid = kid) {
      const sign = createSigner({ key: pem, algorithm: 'EdDSA', kid: namedKid });
      const now = Math.floor(Date.now() / 1000);
      return sign({ iss: TOKEN_ISSUER, aud: TOKEN_AUDIENCE, sub: TEST_USER, tenant_id: TEST_TENANT, role: 'operator', exp: now + 60, ...claims });
    },
  };
}
