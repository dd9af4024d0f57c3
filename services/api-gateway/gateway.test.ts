import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startService } from '@tartware/kit';
import type { RunningService } from '@tartware/kit';
import { createTestKey } from '@tartware/kit/testing';
import { gateway } from './service.ts';

const key = createTestKey('k1');
const stranger = createTestKey('k1');
/** Nothing listens here. */
const DOWN = 'http://127.0.0.1:1';

let upstream: Server;
let upstreamUrl: string;
let service: RunningService;
let answer: RequestListener;
let seen: IncomingMessage[] = [];

function settings(overrides: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const urls = ['RESERVATIONS', 'BILLING', 'GUESTS', 'SETTINGS', 'HOUSEKEEPING', 'COMMAND_CENTER'].map((name) => [`${name}_URL`, DOWN]);
  return {
    HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent', SHUTDOWN_GRACE_MS: '40', REQUEST_DEADLINE_MS: '400', MAX_EVENT_LOOP_DELAY_MS: '60000',
    ...Object.fromEntries(urls), CORE_URL: upstreamUrl, ROOMS_URL: upstreamUrl, ...overrides,
  };
}

async function readiness(of: RunningService): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${of.opsUrl}/health/ready`);
  return { status: response.status, body: await response.json() };
}

function ask(path: string, init: RequestInit = {}, token: string | null = key.token()): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== null) {
    headers.set('authorization', `Bearer ${token}`);
  }
  return fetch(service.url + path, { ...init, headers });
}

async function codeOf(response: Promise<Response>): Promise<unknown> {
  const { status, headers, body } = await response.then(async (got) => ({ status: got.status, headers: got.headers, body: (await got.json()) as Record<string, unknown> }));
  expect(headers.get('content-type')).toContain('application/problem+json');
  return [status, body['code']];
}

beforeAll(async () => {
  upstream = createServer((request, response) => {
    if (request.url === '/.well-known/jwks.json') {
      response.end(JSON.stringify({ keys: [key.published] }));
      return;
    }
    seen.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  service = await startService(gateway, settings());
});

afterEach(() => {
  seen = [];
});

afterAll(async () => {
  await service.close();
  upstream.closeAllConnections();
  upstream.close();
});

describe('passing on', () => {
  it('streams a body up and an answer back without holding either', async () => {
    const order: string[] = [];
    answer = (request, response) => {
      response.writeHead(201, { 'content-type': 'text/plain' });
      request.on('data', (chunk: Buffer) => {
        order.push(`upstream got ${chunk.toString()}`);
        response.write(`echo ${chunk.toString()}`);
      });
      request.on('end', () => response.end());
    };
    const target = new URL(service.url);
    const client = httpRequest({ host: target.hostname, port: target.port, path: '/v1/rooms/7', method: 'POST', headers: { authorization: `Bearer ${key.token()}` } });
    client.write('one');
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    const [first] = (await once(response, 'data')) as [Buffer];
    order.push(`client got ${first.toString()}`);
    client.end('two');
    const [second] = (await once(response, 'data')) as [Buffer];
    expect([response.statusCode, second.toString()]).toEqual([201, 'echo two']);
    expect(order).toEqual(['upstream got one', 'client got echo one', 'upstream got two']);
  });

  it('keeps path, query, method, status and headers; measures by prefix', async () => {
    answer = (_request, response) => response.writeHead(418, { 'x-own': 'yes', 'set-cookie': ['a=1', 'b=2'] }).end();
    const response = await ask('/v1/rooms/a%2Fb?x=1&x=2', { method: 'DELETE' });
    expect([response.status, response.headers.get('x-own'), response.headers.getSetCookie()]).toEqual([418, 'yes', ['a=1', 'b=2']]);
    expect([seen[0]?.method, seen[0]?.url]).toEqual(['DELETE', '/v1/rooms/a%2Fb?x=1&x=2']);
    const text = await (await fetch(`${service.opsUrl}/metrics`)).text();
    expect(text).toContain('http_requests_total{method="DELETE",route="/v1/rooms/*",status_code="418"} 1');
    const counted = [...text.matchAll(/^http_requests_total\{.*status_code="4\d\d"\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
    expect(text).toContain(`gateway_requests_total{status_class="4xx"} ${counted}\n`);
    expect(text).toMatch(/^gateway_request_duration_seconds_bucket\{le="\+Inf"\} [1-9]/m);
  });

  it.each([['HEAD', 200], ['GET', 204], ['GET', 304]])('passes %s with %i on without a body', async (method, status) => {
    answer = (_request, response) => response.writeHead(status, status === 200 ? { 'content-length': '1234' } : {}).end();
    const response = await ask('/v1/rooms', { method });
    expect([response.status, await response.text()]).toEqual([status, '']);
  });

  it('passes the same request id to upstream and client', async () => {
    answer = (_request, response) => response.writeHead(200, { 'x-request-id': 'of the upstream' }).end();
    const response = await ask('/v1/rooms');
    expect(response.headers.get('x-request-id')).toBe(seen[0]?.headers['x-request-id']);
  });

  it('passes the token on and no header that claims a tenant', async () => {
    answer = (_request, response) => response.end();
    await ask('/v1/rooms', { headers: { 'x-tenant-id': 'evil', 'X-Tartware-Tenant-Id': 'evil' } });
    expect(seen[0]?.headers.authorization).toMatch(/^Bearer /);
    expect(Object.entries(seen[0]?.headers ?? {}).filter(([name, value]) => name.includes('tenant') || value === 'evil')).toEqual([]);
  });

  it('slows a fast upstream down to a slow reader', async () => {
    let sent = 0;
    answer = (_request, response) => {
      const more = () => {
        sent += 64;
        if (response.write(Buffer.alloc(64 * 1024))) {
          setImmediate(more);
        } else {
          response.once('drain', more);
        }
      };
      more();
    };
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write(`GET /v1/rooms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key.token()}\r\n\r\n`);
    socket.pause();
    await sleep(250);
    const after250 = sent;
    await sleep(100);
    socket.destroy();
    expect(after250).toBeGreaterThan(0);
    // Nothing reads, so what was sent fills the sockets' buffers and stands still.
    expect(sent).toBe(after250);
  });

  it('lets go of the upstream when the client goes', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    answer = (_request, response) => {
      closed = once(response, 'close');
    };
    await expect(ask('/v1/rooms', { signal: AbortSignal.timeout(60) })).rejects.toThrow();
    await expect(Promise.race([closed, sleep(250, 'still open')])).resolves.not.toBe('still open');
  });
});

describe('tokens', () => {
  it.each<[string, () => string | null, string]>([
    ['no token', () => null, 'token_missing'],
    ['a forged token', () => stranger.token(), 'token_invalid'],
    ['an expired token', () => key.token({ exp: 1_700_000_000 }), 'token_expired'],
    ['rubbish', () => 'rubbish', 'token_malformed'],
  ])('%s stops here', async (_name, token, code) => {
    expect(await codeOf(ask('/v1/rooms', {}, token()))).toEqual([401, code]);
    expect(seen).toEqual([]);
  });

  it('are not needed to sign in', async () => {
    answer = (_request, response) => response.end('{}');
    expect((await ask('/v1/auth/sign-in', { method: 'POST', body: '{}' }, null)).status).toBe(200);
  });

  it.each(['/v1/auth/../properties', '/v1/auth/%2e%2e/properties', '/v1/auth/..%2fproperties', '/v1/auth/./x', '/v1/auth/%2E.'])('cannot be avoided by the path %s', async (path) => {
    const target = new URL(service.url);
    const client = httpRequest({ host: target.hostname, port: target.port, path }).end();
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    response.resume();
    expect([response.statusCode, seen]).toEqual([400, []]);
  });
});

describe('upstreams that fail', () => {
  it('that is down answers 503 and says when to try again', async () => {
    const response = await ask('/v1/billing/folios');
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ status: 503, code: 'upstream_unavailable', detail: 'The service billing cannot be reached.' });
  });

  it('that does not answer in time answers 504', async () => {
    answer = () => undefined;
    expect(await codeOf(ask('/v1/rooms'))).toEqual([504, 'upstream_timeout']);
  });

  it('that hangs up before it answers gives 502', async () => {
    answer = (request) => request.socket.destroy();
    expect(await codeOf(ask('/v1/rooms'))).toEqual([502, 'upstream_failed']);
  });

  it.each<[string, string, number, number, RequestListener]>([
    ['hangs up in the middle', 'PUT', 502, 0.08, (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => request.socket.destroy(), 100);
    }],
    ['stops in the middle until the deadline', 'PATCH', 504, 0.35, (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
    }],
  ])('that %s never looks whole to the client and counts once, with its time', async (_name, method, status, atLeast, listener) => {
    answer = listener;
    const response = await ask('/v1/rooms', { method });
    await expect(response.text()).rejects.toThrow();
    await sleep(20);
    const text = await (await fetch(`${service.opsUrl}/metrics`)).text();
    const counted = text.split('\n').filter((line) => line.startsWith(`http_requests_total{method="${method}"`));
    expect(counted).toEqual([`http_requests_total{method="${method}",route="/v1/rooms",status_code="${status}"} 1`]);
    const [seconds] = text.split('\n').filter((line) => line.startsWith(`http_request_duration_seconds_sum{method="${method}"`));
    expect(Number(seconds?.split(' ')[1])).toBeGreaterThan(atLeast);
  });
});

describe('starting', () => {
  it('works without Core; readiness says why not, and turns once Core is there', async () => {
    const late = createServer((_request, response) => response.end(JSON.stringify({ keys: [key.published] })));
    late.listen(0, '127.0.0.1');
    await once(late, 'listening');
    const { port } = late.address() as AddressInfo;
    late.close();
    await once(late, 'close');
    const alone = await startService(gateway, settings({ CORE_URL: `http://127.0.0.1:${port}` }));
    await sleep(50);
    expect(await readiness(alone)).toMatchObject({ status: 503, body: { checks: [{ name: 'signing keys of core', ok: false, reason: expect.stringContaining('ECONNREFUSED') }] } });
    const refused = await fetch(`${alone.url}/v1/rooms`, { headers: { authorization: `Bearer ${key.token()}` } });
    expect(await refused.json()).toMatchObject({ status: 503, code: 'signing_keys_unavailable' });
    late.listen(port, '127.0.0.1');
    await expect.poll(async () => (await readiness(alone)).status, { timeout: 4_000 }).toBe(200);
    await alone.close();
    late.closeAllConnections();
    late.close();
  }, 10_000);

  it('names every upstream whose address is missing or wrong', async () => {
    await expect(startService(gateway, { CORE_URL: 'core:8080', ROOMS_URL: 'http://rooms' })).rejects.toMatchObject({
      problems: ['CORE', 'RESERVATIONS', 'BILLING', 'GUESTS', 'SETTINGS', 'HOUSEKEEPING', 'COMMAND_CENTER'].map((name) => expect.objectContaining({ variable: `${name}_URL` })),
    });
  });
});
