/** What a client may and may not send: framing, smuggling, headers of one connection, slow and broken clients. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningService } from '@tartware/kit';
import { OK, answering, exchange, head, key, openClient, startGateway, startRawUpstream, statusOf } from './testing/raw.ts';
import type { RawUpstream } from './testing/raw.ts';

let upstream: RawUpstream;
let service: RunningService;

beforeAll(async () => {
  upstream = await startRawUpstream();
  service = await startGateway(upstream.url, { MAX_BODY_BYTES: '100000' });
});

beforeEach(async () => {
  await upstream.forget();
  upstream.behave = answering(OK);
});

afterAll(async () => {
  upstream.close();
  await service.close();
});

const ask = (request: string, pattern?: RegExp): Promise<string> => exchange(service.url, request, pattern);
/** Everything that reached the upstream, in lower case up to the first body. */
const passed = (): string => upstream.received.join('').toLowerCase();

describe('requests that two readers could read differently never reach an upstream', () => {
  const post = (...lines: string[]): string => head('POST /v1/rooms', ...lines);
  it.each<[string, string]>([
    ['content-length beside transfer-encoding', `${post('content-length: 4', 'transfer-encoding: chunked')}0\r\n\r\nGET /v1/rooms/smuggled HTTP/1.1\r\n\r\n`],
    ['transfer-encoding beside content-length', `${post('transfer-encoding: chunked', 'content-length: 4')}0\r\n\r\n`],
    ['two lengths that differ', `${post('content-length: 4', 'content-length: 5')}abcde`],
    ['two lengths in one line', `${post('content-length: 4, 4')}abcd`],
    ['a length with a sign', `${post('content-length: +4')}abcd`],
    ['a length in hex', `${post('content-length: 0x4')}abcd`],
    ['a space before the colon', `${post('content-length : 4')}abcd`],
    ['an encoding that is not chunked', `${post('transfer-encoding: gzip')}abcd`],
    ['chunked that is not last', `${post('transfer-encoding: chunked, identity')}0\r\n\r\n`],
    ['chunked hidden by a tab', `${post('transfer-encoding:\x0bchunked')}0\r\n\r\n`],
    ['a folded header', head('GET /v1/rooms', 'x-folded: one', ' content-length: 5')],
    ['a folded header at the start', 'GET /v1/rooms HTTP/1.1\r\n host: x\r\n\r\n'],
    ['a bare line feed in a value', head('GET /v1/rooms', 'x-a: b\nx-injected: c')],
    ['a bare carriage return in a value', head('GET /v1/rooms', 'x-a: b\rx-injected: c')],
    ['a NUL in a value', head('GET /v1/rooms', 'x-a: b\0c')],
    ['a header without a name', head('GET /v1/rooms', ': value')],
    ['a space in a name', head('GET /v1/rooms', 'x a: value')],
    ['no host', `GET /v1/rooms HTTP/1.1\r\nauthorization: Bearer ${key.token()}\r\n\r\n`],
    ['a space in the path', head('GET /v1/rooms/a b')],
    ['an unknown version', head('GET /v1/rooms').replace('HTTP/1.1', 'HTTP/1.7')],
    ['an unknown method', head('SPY /v1/rooms')],
    ['a body on GET', `${head('GET /v1/rooms', 'content-length: 5')}GET /`],
    ['chunks on GET', `${head('GET /v1/rooms', 'transfer-encoding: chunked')}5\r\nGET /\r\n0\r\n\r\n`],
    ['a body on HEAD', `${head('HEAD /v1/rooms', 'content-length: 5')}GET /`],
    ['two tokens', head('GET /v1/rooms', `authorization: Bearer ${key.token({ tenant_id: '0199bbbb-0000-7000-8000-00000000000b' })}`)],
    ['a fragment', head('GET /v1/rooms#/../properties')],
    ['a backslash', head('GET /v1/rooms\\..\\properties')],
  ])('%s', async (_name, request) => {
    const answer = await ask(request);
    expect([400, 404, 405, 501, 505]).toContain(statusOf(answer));
    await sleep(20);
    expect(upstream.received).toEqual([]);
  });

  it.each<[string, string]>([
    ['a chunk whose size is no number', 'zz\r\nabc\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', '3\r\nabcdef\r\n0\r\n\r\n'],
    ['a chunk size that overflows', 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n'],
    ['a chunk size with a sign', '-3\r\nabc\r\n0\r\n\r\n'],
  ])('%s ends the request and never makes a second one', async (_name, chunks) => {
    const answer = await ask(`${post('transfer-encoding: chunked')}${chunks}GET /v1/rooms/smuggled HTTP/1.1\r\nhost: x\r\n\r\n`);
    await sleep(50);
    expect(statusOf(answer)).toBe(400);
    expect(passed()).not.toContain('smuggled');
    expect(passed()).not.toContain('\r\n0\r\n\r\n');
  });

  it('but a second request behind a whole one is a request of its own, with its own token', async () => {
    const text = await ask(`${head('GET /v1/rooms/1')}GET /v1/rooms/2 HTTP/1.1\r\nhost: x\r\n\r\n`, /HTTP\/1\.1 401/);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 401']);
    expect(passed()).not.toContain('/v1/rooms/2');
  });
});

describe('headers', () => {
  it('of one connection, and those that Connection names, stay here', async () => {
    await ask(head('GET /v1/rooms', 'connection: keep-alive, x-private', 'x-private: 1', 'keep-alive: timeout=9', 'te: trailers', 'proxy-authorization: Basic YQ==', 'upgrade: websocket', 'x-public: 1'), /ok$/);
    expect(passed()).toContain('x-public: 1');
    expect(passed()).not.toMatch(/x-private|timeout=9|\nte:|proxy-|upgrade/);
  });

  it('cannot name a tenant, a role or a deadline', async () => {
    await ask(head('GET /v1/rooms', 'tartware-tenant: evil', 'X-Tartware-Role: evil', 'x-tenant-id: evil', 'tartware-deadline-ms: 99999999'), /ok$/);
    expect(passed()).not.toMatch(/evil|99999999/);
    expect(Number(/tartware-deadline-ms: (\d+)/.exec(passed())?.[1])).toBeLessThanOrEqual(1_500);
  });

  it('that are too large answer 431', async () => {
    expect(statusOf(await ask(head('GET /v1/rooms', `x-large: ${'a'.repeat(20_000)}`)))).toBe(431);
    expect(upstream.received).toEqual([]);
  });

  it('continue a trace', async () => {
    await ask(head('GET /v1/rooms', 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'tracestate: vendor=1'), /ok$/);
    expect(passed()).toMatch(/traceparent: 00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[\da-f]{16}-0[01]\r\n/);
    expect(passed()).toContain('tracestate: vendor=1');
  });

  it('of an absolute target are those of a plain one', async () => {
    await ask(head('GET http://other.example/v1/rooms/7?x=1'), /ok$/);
    expect(passed()).toMatch(/^get \/v1\/rooms\/7\?x=1 http\/1\.1\r\n/);
    expect(passed()).toContain('x-forwarded-host: other.example');
  });
});

describe('bodies', () => {
  it.each([[0, 'at once'], [60, 'one after the other']])('in chunks that come %i ms apart (%s) go on whole, their trailers stay here', async (pauseMs) => {
    upstream.behave = (socket, text) => {
      if (/\r\n\r\nabcde$|\r\n0\r\n\r\n$/.test(text)) {
        socket.write(OK);
      }
    };
    const client = openClient(service.url);
    for (const part of [head('POST /v1/rooms', 'transfer-encoding: chunked', 'trailer: x-tartware-tenant'), '3\r\nabc\r\n', '2;extension=1\r\nde\r\n', '0\r\nx-tartware-tenant: evil\r\n\r\n']) {
      client.socket.write(part);
      await sleep(pauseMs);
    }
    await client.until(/ok$/);
    client.socket.destroy();
    // What has come whole when it is passed on gets a length; the rest goes in chunks of its own.
    expect(passed()).toMatch(/content-length: 5\r\n[^]*\r\n\r\nabcde$|transfer-encoding: chunked\r\n\r\n(?:3\r\nabc\r\n2\r\nde|5\r\nabcde)\r\n0\r\n\r\n$/);
    expect(passed()).not.toMatch(/evil|trailer/);
  });

  it('with a length keep it', async () => {
    await ask(`${head('PUT /v1/rooms', 'content-length: 5')}hello`, /ok$/);
    expect(passed()).toMatch(/\ncontent-length: 5\r\n[^]*\r\nhello$/);
    expect(passed()).not.toContain('transfer-encoding');
  });

  it.each([
    ['by its length', `${head('POST /v1/rooms', 'content-length: 100001')}abc`],
    ['in chunks', `${head('POST /v1/rooms', 'transfer-encoding: chunked')}${'4000\r\n'.concat('a'.repeat(0x4000), '\r\n').repeat(7)}`],
  ])('that are too large %s answer 413', async (_name, request) => {
    upstream.behave = () => undefined;
    const answer = await ask(request, /body_too_large/);
    expect([statusOf(answer), answer.includes('body_too_large')]).toEqual([413, true]);
  });

  it('are asked for only when somebody wants them', async () => {
    const refused = await ask(`POST /v1/rooms HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nexpect: 100-continue\r\nauthorization: Bearer rubbish\r\n\r\n`);
    expect(statusOf(refused)).toBe(401);
    const client = openClient(service.url);
    client.socket.write(head('POST /v1/rooms', 'content-length: 5', 'expect: 100-continue'));
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.socket.write('hello');
    await client.until(/HTTP\/1\.1 200 OK[^]*ok$/);
    client.socket.destroy();
    expect(passed()).not.toContain('expect');
  });

  it('of a client that leaves end the request at the upstream', async () => {
    upstream.behave = () => undefined;
    const client = openClient(service.url);
    client.socket.write(`${head('POST /v1/rooms', 'transfer-encoding: chunked')}5\r\nhello\r\n`);
    await expect.poll(passed).toContain('hello');
    client.socket.destroy();
    await sleep(100);
    expect(passed()).not.toContain('\r\n0\r\n\r\n');
  });

  it('that come too slowly answer 408 and reach nobody when they are small', async () => {
    const client = openClient(service.url);
    client.socket.write(`${head('POST /v1/rooms', 'content-length: 100')}abc`);
    await client.until(/HTTP\/1\.1 408[^]*body_too_slow/);
    expect(upstream.received).toEqual([]);
  });
});

describe('slow clients', () => {
  it('that do not finish their headers are cut off', async () => {
    const client = openClient(service.url);
    client.socket.write('GET /v1/rooms HTTP/1.1\r\nhost: x\r\nx-slow:');
    await client.until(/^HTTP\/1\.1 408/).catch(() => undefined);
    await client.closed;
    expect(upstream.received).toEqual([]);
  }, 20_000);
});

describe('tokens', () => {
  it.each<[string, () => string]>([
    ['expired', () => key.token({ exp: 1_700_000_000 })], ['of another issuer', () => key.token({ iss: 'elsewhere' })], ['for another audience', () => key.token({ aud: 'elsewhere' })],
    ['without a tenant', () => key.token({ tenant_id: undefined })], ['of an unknown key', () => key.token({}, 'k2')], ['with a cut signature', () => key.token().slice(0, -4)],
    ['with SQL in its tenant', () => key.token({ tenant_id: '\' or true --' })], ['in two parts', () => 'a.b'], ['very long', () => `${'a'.repeat(8_000)}.b.c`],
  ])('%s are refused here', async (_name, token) => {
    expect(statusOf(await ask(`GET /v1/rooms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token()}\r\n\r\n`))).toBe(401);
    expect(upstream.received).toEqual([]);
  });

  it.each(['/internal/rooms/1', '/v1/internal', '/internal/openapi.json', '//internal/rooms', '/v1//rooms', '/V1/rooms', '/v1/auth%2f..%2frooms', '/v1/rooms%2f7'])('do not open %s', async (path) => {
    expect([400, 404]).toContain(statusOf(await ask(head(`GET ${path}`))));
    expect(upstream.received).toEqual([]);
  });
});
