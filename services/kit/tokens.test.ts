import { createSigner } from 'fast-jwt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Problem } from './errors.ts';
import { TEST_TENANT, createTestKey } from './testing/signing.ts';
import { bearerToken, createTokenVerifier } from './tokens.ts';

const key = createTestKey('key-1');
const stranger = createTestKey('key-2');
const verifier = createTokenVerifier();
verifier.setKeys([key.published]);

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    return error instanceof Problem ? `${error.status} ${error.code}` : String(error);
  }
}

function unsigned(header: object): string {
  const [, payload] = key.token().split('.');
  return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.`;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a token', () => {
  it('of ours gives its claims', () => {
    expect(verifier.verify(key.token())).toMatchObject({ tenant_id: TEST_TENANT, role: 'operator' });
  });

  it.each<[string, () => string, string]>([
    ['signed by a stranger under our key id', () => stranger.token({}, 'key-1'), '401 token_invalid'],
    ['signed by a stranger under its own key id', () => stranger.token(), '401 token_key_unknown'],
    ['with a changed tenant', () => swapPayload(key.token(), stranger.token({ tenant_id: '0199bbbb-0000-7000-8000-00000000000b' })), '401 token_invalid'],
    ['not signed at all', () => unsigned({ alg: 'none', kid: 'key-1' }), '401 token_invalid'],
    ['signed with the public key as a shared secret', () => createSigner({ key: key.published.x, algorithm: 'HS256', kid: 'key-1' })({ sub: 'x' }), '401 token_invalid'],
    ['that has expired', () => key.token({ exp: Math.floor(Date.now() / 1000) - 10 }), '401 token_expired'],
    ['that never expires', () => key.token({ exp: undefined }), '401 token_invalid'],
    ['of another issuer', () => key.token({ iss: 'elsewhere' }), '401 token_invalid'],
    ['for another audience', () => key.token({ aud: 'elsewhere' }), '401 token_invalid'],
    ['without a tenant', () => key.token({ tenant_id: undefined }), '401 token_invalid'],
    ['whose tenant is not an id', () => key.token({ tenant_id: '\' or true --' }), '401 token_claims_missing'],
    ['that is no token', () => 'abc', '401 token_malformed'],
    ['that is empty', () => '', '401 token_malformed'],
    ['whose header is no JSON', () => 'YQ.YQ.YQ', '401 token_malformed'],
  ])('%s is refused', (_name, make, expected) => {
    expect(codeOf(() => verifier.verify(make()))).toBe(expected);
  });

  it('that was accepted before is refused once it expires', () => {
    vi.useFakeTimers();
    const token = key.token({ exp: Math.floor(Date.now() / 1000) + 5 });
    verifier.verify(token);
    vi.advanceTimersByTime(8_000);
    expect(codeOf(() => verifier.verify(token))).toBe('401 token_expired');
  });

  it('that was accepted before does not vouch for another with the same signature', () => {
    const token = key.token();
    verifier.verify(token);
    expect(codeOf(() => verifier.verify(swapPayload(token, key.token({ tenant_id: '0199bbbb-0000-7000-8000-00000000000b' }))))).toBe('401 token_invalid');
  });

  it('that was accepted before is refused once its key is withdrawn', () => {
    const withdrawing = createTokenVerifier();
    withdrawing.setKeys([key.published]);
    const token = key.token();
    withdrawing.verify(token);
    withdrawing.setKeys([stranger.published]);
    expect(codeOf(() => withdrawing.verify(token))).toBe('401 token_key_unknown');
  });
});

describe('the authorization header', () => {
  it.each([
    [undefined, '401 token_missing'],
    ['Basic YTpi', '401 token_malformed'],
    ['Bearer', '401 token_malformed'],
  ])('%j is refused', (authorization, expected) => {
    expect(codeOf(() => bearerToken({ headers: authorization === undefined ? {} : { authorization } }))).toBe(expected);
  });
});

function swapPayload(token: string, other: string): string {
  const [header, , signature] = token.split('.');
  return [header, other.split('.')[1], signature].join('.');
}
