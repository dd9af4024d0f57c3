import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RemoteTokens } from './keys.ts';
import { createTestKey } from './testing/signing.ts';

const log = pino({ level: 'silent' });
const first = createTestKey('first');
const second = createTestKey('second');

let server: Server;
let url: string;
let asked: number;
let answer: { status: number; body: string };
const open: RemoteTokens[] = [];

function remote(jwksUrl: string): RemoteTokens {
  const tokens = new RemoteTokens({ jwksUrl, log, refreshMs: 60_000, retryMs: 100 });
  open.push(tokens);
  return tokens;
}

function publish(...keys: ReturnType<typeof createTestKey>[]): void {
  answer = { status: 200, body: JSON.stringify({ keys: [...keys.map(({ published }) => published), { kty: 'RSA', kid: 'not ours' }] }) };
}

const verify = async (tokens: RemoteTokens, token: string) => tokens.verify(token);

beforeEach(async () => {
  asked = 0;
  publish(first);
  server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/.well-known/jwks.json`;
});

afterEach(async () => {
  open.splice(0).forEach((tokens) => tokens.close());
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

describe('remote tokens', () => {
  it('verifies with fetched keys, synchronously once they are there', async () => {
    const tokens = remote(url);
    await vi.waitFor(tokens.check.check, { timeout: 2_000 });
    expect(tokens.verify(first.token())).toMatchObject({ role: 'operator' });
  });

  it('waits for the first fetch instead of refusing', async () => {
    await expect(verify(remote(url), first.token())).resolves.toMatchObject({ role: 'operator' });
  });

  it('answers 503 and says why while Core is down, and recovers by itself', async () => {
    answer = { status: 500, body: '' };
    const tokens = remote(url);
    await expect(verify(tokens, first.token())).rejects.toMatchObject({ status: 503, code: 'signing_keys_unavailable' });
    expect(tokens.check.check).toThrow('answered 500');
    publish(first);
    await vi.waitFor(tokens.check.check, { timeout: 2_000 });
  });

  it.each(['', '{}', '{"keys":[]}', '<html>'])('takes %j for no keys', async (body) => {
    answer = { status: 200, body };
    await expect(verify(remote(url), first.token())).rejects.toMatchObject({ code: 'signing_keys_unavailable' });
  });

  it('keeps its keys when Core goes down', async () => {
    const tokens = remote(url);
    await verify(tokens, first.token());
    answer = { status: 503, body: '' };
    await expect(verify(tokens, second.token())).rejects.toMatchObject({ status: 401 });
    expect(tokens.verify(first.token())).toMatchObject({ role: 'operator' });
  });

  it('takes a new key when a token names it, and drops the withdrawn one', async () => {
    const tokens = remote(url);
    await verify(tokens, first.token());
    publish(second);
    await expect.poll(() => verify(tokens, second.token()), { timeout: 2_000 }).toMatchObject({ role: 'operator' });
    await expect(verify(tokens, first.token())).rejects.toMatchObject({ status: 401, code: 'token_key_unknown' });
  });

  it('does not let made-up key ids turn into calls to Core', async () => {
    const tokens = remote(url);
    await verify(tokens, first.token());
    const before = asked;
    const refusals = Array.from({ length: 500 }, (_, index) => verify(tokens, second.token({}, `made-up-${index}`)).catch(() => 'refused'));
    expect(new Set(await Promise.all(refusals))).toEqual(new Set(['refused']));
    expect(asked - before).toBeLessThanOrEqual(1);
  });
});
