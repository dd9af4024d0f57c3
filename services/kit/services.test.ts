import { Type } from '@sinclair/typebox';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimsOf, requireToken } from './authenticate.ts';
import { Problem, notFound, startService } from './index.ts';
import type { RunningService } from './index.ts';
import { keepRequestContext, runInContext } from './request-context.ts';
import { createServiceClients } from './services.ts';
import type { ServiceClients } from './services.ts';
import { TEST_TENANT, createTestKey } from './testing/signing.ts';
import { createTokenVerifier } from './tokens.ts';

const OTHER = '0199bbbb-0000-7000-8000-00000000000b';
const DELETED = '0199dead-0000-7000-8000-00000000dead';
const ENV = { HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent', SHUTDOWN_GRACE_MS: '4' };

let key = createTestKey('k');
const core = { asked: 0, expiresIn: 300, down: false };
const seen: { headers: Record<string, unknown>; tenant: string }[] = [];
const breaks = { connections: 0 };
let running: RunningService[] = [];
let made: ServiceClients;

async function startCore(): Promise<RunningService> {
  return startService({ name: 'core', start: () => ({
    routes(app) {
      app.post('/internal/service-tokens', { schema: { body: Type.Object({ tenant_id: Type.String() }) } }, (request) => {
        core.asked += 1;
        if (core.down) throw new Error('down');
        if (request.body.tenant_id === DELETED) throw notFound('This tenant');
        expect(request.headers.authorization).toBe(`Basic ${Buffer.from('trial:very-secret').toString('base64')}`);
        return { access_token: key.token({ role: 'service', tenant_id: request.body.tenant_id, n: core.asked }), token_type: 'Bearer', expires_in: core.expiresIn };
      });
    },
  }) }, ENV);
}

const tokens = createTokenVerifier();

async function startRooms(): Promise<RunningService> {
  return startService({ name: 'rooms', start: () => ({
    routes(app) {
      requireToken(app, tokens);
      keepRequestContext(app);
      app.addHook('preHandler', async (request) => {
        seen.push({ headers: request.headers, tenant: claimsOf(request).tenant_id });
        if (breaks.connections > 0) {
          breaks.connections -= 1;
          request.raw.socket.destroy();
          await sleep(5);
        }
      });
      app.get('/internal/rooms', (request) => ({ tenant: claimsOf(request).tenant_id }));
      app.get('/internal/forbidden', () => {
        throw new Problem({ status: 403, code: 'role_insufficient', message: 'No.', hint: 'No.' });
      });
      app.get('/internal/slow', async () => {
        await sleep(400);
        return {};
      });
      app.post('/internal/rooms', (_request, reply) => reply.code(204).send());
      app.put('/internal/rooms', () => {
        throw new Problem({ status: 409, code: 'sold_out', message: 'Sold out.', hint: 'Choose other dates.', errors: [{ in: 'body', field: '/a', message: 'b' }] });
      });
    },
  }) }, ENV);
}

beforeEach(async () => {
  Object.assign(core, { asked: 0, expiresIn: 300, down: false });
  Object.assign(breaks, { connections: 0 });
  seen.length = 0;
  key = createTestKey('k');
  tokens.setKeys([key.published]);
  running = await Promise.all([startCore(), startRooms()]);
  made = createServiceClients({ name: 'trial', secret: 'very-secret', urls: { core: running[0]!.url, rooms: running[1]!.url } });
});
afterEach(async () => {
  await made.close();
  await Promise.all(running.map((service) => service.close()));
});

const rooms = () => made.clients['rooms']!;
const get = (path = '/internal/rooms', tenantId = TEST_TENANT) => rooms().call({ method: 'GET', path, tenantId });

describe('a call', () => {
  it('carries a token of the tenant it is made for', async () => {
    expect(await get()).toEqual({ tenant: TEST_TENANT });
    expect(await get('/internal/rooms', OTHER)).toEqual({ tenant: OTHER });
  });

  it('asks for a token once, however many wait for it, and again when it is about to expire', async () => {
    await Promise.all(Array.from({ length: 20 }, () => get()));
    await get();
    expect(core.asked).toBe(1);
    core.expiresIn = 30;
    await get('/internal/rooms', OTHER);
    await get('/internal/rooms', OTHER);
    expect(core.asked).toBe(3);
  });

  it('asks for another token when core has changed its keys', async () => {
    await get();
    key = createTestKey('k');
    tokens.setKeys([key.published]);
    expect(await get()).toEqual({ tenant: TEST_TENANT });
    expect(core.asked).toBe(2);
  });

  it('takes along the request\'s id, trace, and what is left of its deadline', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await runInContext({ requestId: 'mine-1', traceparent, deadline: performance.now() + 700 }, () => get());
    expect(seen[0]?.headers).toMatchObject({ 'x-request-id': 'mine-1', traceparent });
    const left = Number(seen[0]?.headers['tartware-deadline-ms']);
    expect(left).toBeGreaterThan(200);
    expect(left).toBeLessThanOrEqual(700);
  });

  it('has the key and the version in its headers, and no body when there is none', async () => {
    await rooms().call({ method: 'POST', path: '/internal/rooms', tenantId: TEST_TENANT, body: { a: 1 }, idempotencyKey: 'key-00000001', ifMatch: '"3"' });
    expect(seen[0]?.headers).toMatchObject({ 'idempotency-key': 'key-00000001', 'if-match': '"3"', 'content-type': 'application/json' });
    expect(await rooms().call({ method: 'POST', path: '/internal/rooms', tenantId: TEST_TENANT })).toBeUndefined();
    expect(seen[1]?.headers['content-type']).toBeUndefined();
  });

  it('fails with the callee\'s problem', async () => {
    await expect(rooms().call({ method: 'PUT', path: '/internal/rooms', tenantId: TEST_TENANT, body: {} })).rejects.toMatchObject({
      status: 409, code: 'sold_out', message: 'Sold out.', hint: 'Choose other dates.', errors: [{ in: 'body', field: '/a', message: 'b' }],
    });
  });

  it.each([['GET', undefined, 2], ['POST', 'key-00000001', 2], ['POST', undefined, 1]] as const)('%s with key %s is sent %i times when the connection breaks', async (method, idempotencyKey, times) => {
    await get();
    seen.length = 0;
    breaks.connections = 1;
    const call = rooms().call({ method, path: '/internal/rooms', tenantId: TEST_TENANT, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
    if (times === 2) await call;
    else await expect(call).rejects.toMatchObject({ status: 503, code: 'rooms_unavailable' });
    expect(seen).toHaveLength(times);
  });

  it('gives up after the second broken connection', async () => {
    breaks.connections = 5;
    await expect(get()).rejects.toMatchObject({ status: 503, code: 'rooms_unavailable', headers: { 'retry-after': '1' } });
    expect(seen).toHaveLength(2);
  });

  it('is not made when the deadline has passed, and ends with it', async () => {
    await runInContext({ requestId: 'r', deadline: performance.now() - 1 }, () => expect(get()).rejects.toMatchObject({ status: 503, code: 'rooms_unavailable' }));
    expect(seen).toHaveLength(0);
    await get();
    const start = performance.now();
    await runInContext({ requestId: 'r', deadline: start + 100 }, () => expect(get('/internal/slow')).rejects.toMatchObject({ code: 'rooms_unavailable' }));
    expect(performance.now() - start).toBeLessThan(390);
  });

  it('ends when its signal is aborted', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(rooms().call({ method: 'GET', path: '/internal/slow', tenantId: TEST_TENANT, signal: stop.signal })).rejects.toThrow('enough');
  });

  it('does not blame the client when this service\'s own token is refused', async () => {
    await expect(get('/internal/forbidden')).rejects.toMatchObject({ status: 503, code: 'rooms_unavailable' });
    tokens.setKeys([createTestKey('other').published]);
    await expect(get()).rejects.toMatchObject({ status: 503, code: 'rooms_unavailable' });
  });

  it('says so when core gives no token, and asks again the next time', async () => {
    core.down = true;
    await expect(get()).rejects.toMatchObject({ status: 503, code: 'core_unavailable' });
    core.down = false;
    expect(await get()).toEqual({ tenant: TEST_TENANT });
  });

  it('of a tenant that core does not know is refused: trying again would not help', async () => {
    await expect(get('/internal/rooms', DELETED)).rejects.toMatchObject({ status: 401, code: 'tenant_unknown' });
  });

  it('says which service is not there', async () => {
    await running[1]?.close();
    await expect(get()).rejects.toMatchObject({ status: 503, code: 'rooms_unavailable', hint: 'Try again in a moment.' });
  });
});
