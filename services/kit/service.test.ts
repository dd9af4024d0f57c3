import { Type } from '@sinclair/typebox';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Problem, defineService, startService } from './index.ts';
import type { RunningService, ServiceParts } from './index.ts';

const running: RunningService[] = [];

async function start(parts: ServiceParts, env: NodeJS.ProcessEnv = {}): Promise<RunningService> {
  const service = defineService({ name: 'trial', start: () => parts });
  const started = await startService(service, { HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent', SHUTDOWN_GRACE_MS: '40', ...env });
  running.push(started);
  return started;
}

const routes: ServiceParts = {
  routes(app) {
    app.get('/v1/rooms/:id', { schema: { params: Type.Object({ id: Type.Integer({ minimum: 1 }) }) } }, (request) => ({ id: request.params.id }));
    app.post('/v1/rooms', { schema: { body: Type.Object({ beds: Type.Integer({ maximum: 9 }) }, { additionalProperties: false }) } }, (request) => request.body);
    app.get('/v1/broken', () => {
      throw new Error('password of the database is hunter2');
    });
    app.get('/v1/full', () => {
      throw new Problem({ status: 409, code: 'room_taken', message: 'The room is taken.', hint: 'Choose another.', headers: { 'x-note': 'kept' } });
    });
    app.route({ method: ['GET', 'POST'], url: '/v1/slow', handler: async () => {
      await sleep(150);
      return { done: true };
    } });
  },
};

async function post(url: string, body: string, type = 'application/json'): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
  return { status: response.status, body: await response.json() };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

describe('metrics', () => {
  it('has the names, labels and buckets that alerts and dashboards use, by route pattern and never by path', async () => {
    const { url, opsUrl } = await start(routes);
    await fetch(`${url}/v1/rooms/4711`);
    await fetch(`${url}/v1/rooms/x`);
    await fetch(`${url}/wp-admin/setup.php`);
    const text = await (await fetch(`${opsUrl}/metrics`)).text();
    expect(text).toContain('http_requests_total{method="GET",route="/v1/rooms/:id",status_code="200"} 1');
    expect(text).toContain('http_requests_total{method="GET",route="/v1/rooms/:id",status_code="400"} 1');
    expect(text).toContain('http_requests_total{method="GET",route="unmatched",status_code="404"} 1');
    for (const le of ['0.45', '0.5', '0.9', '1', '+Inf']) {
      expect(text).toContain(`http_request_duration_seconds_bucket{le="${le}",method="GET",route="/v1/rooms/:id",status_code="200"} 1`);
    }
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).not.toContain('4711');
    expect(text).not.toContain('wp-admin');
  });

  it.each(['GET', 'POST'])('counts a %s that the client gave up once, as 499 with the time it waited', async (method) => {
    const { url, opsUrl } = await start(routes);
    const body = method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
    await expect(fetch(`${url}/v1/slow`, { method, ...body, signal: AbortSignal.timeout(60) })).rejects.toThrow();
    await sleep(200);
    const text = await (await fetch(`${opsUrl}/metrics`)).text();
    const labels = `{method="${method}",route="/v1/slow",status_code="499"}`;
    expect(text).toContain(`http_requests_total${labels} 1\n`);
    const seconds = Number(text.split(`http_request_duration_seconds_sum${labels} `)[1]?.split('\n', 1)[0]);
    expect(seconds).toBeGreaterThan(0.03);
    expect(seconds).toBeLessThan(0.15);
    expect(text).not.toContain('route="/v1/slow",status_code="200"');
  });
});

describe('errors', () => {
  it('answers a problem with its code, hint, headers and request id', async () => {
    const { url } = await start(routes);
    const response = await fetch(`${url}/v1/full`, { headers: { 'x-request-id': 'mine-1' } });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(response.headers.get('x-note')).toBe('kept');
    expect(await response.json()).toEqual({
      type: 'urn:tartware:problem:room_taken', title: 'Conflict', status: 409, detail: 'The room is taken.', code: 'room_taken', hint: 'Choose another.', request_id: 'mine-1',
    });
  });

  it('does not tell what an unexpected error says', async () => {
    const { url } = await start(routes);
    const text = await (await fetch(`${url}/v1/broken`)).text();
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'internal_error' });
    expect(text).not.toContain('hunter2');
  });

  it('names each wrong field once and says what is expected', async () => {
    const { url } = await start(routes);
    expect(await post(`${url}/v1/rooms`, '{"beds":"2","nap":1}')).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ in: 'body', field: '/nap', message: 'Unexpected property' }, { in: 'body', field: '/beds', message: 'Expected integer' }] },
    });
  });

  it.each([
    ['malformed JSON', '{"beds":', 'application/json', 400, 'body_malformed'],
    ['an unknown media type', 'beds=2', 'application/x-www-form-urlencoded', 415, 'media_type_unsupported'],
    ['a body over the limit', JSON.stringify({ beds: 'x'.repeat(300_000) }), 'application/json', 413, 'body_too_large'],
    ['a prototype in the body', '{"beds":2,"__proto__":{"admin":true}}', 'application/json', 400, 'body_malformed'],
  ])('answers %s with a code of its own', async (_name, body, type, status, code) => {
    const { url } = await start(routes);
    expect(await post(`${url}/v1/rooms`, body, type)).toMatchObject({ status, body: { code } });
  });

  it('answers a malformed path and an unknown one', async () => {
    const { url } = await start(routes);
    expect(await (await fetch(`${url}/v1/%zz`)).json()).toMatchObject({ status: 400, code: 'path_malformed' });
    expect(await (await fetch(`${url}/v2`)).json()).toMatchObject({ status: 404, code: 'route_not_found' });
  });
});

describe('request id', () => {
  it('takes a harmless one of the client and makes one otherwise', async () => {
    const { url } = await start(routes);
    const idFor = async (id: string) => (await fetch(`${url}/v1/rooms/1`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('order-7.a_b')).toBe('order-7.a_b');
    expect(await idFor('x'.repeat(65))).toMatch(/^[\da-f]{12}-\w+$/);
    expect(await idFor('{"level":"fatal"}')).toMatch(/^[\da-f]{12}-\w+$/);
  });
});

describe('health and shutdown', () => {
  it('is live and, with its dependencies, ready', async () => {
    const { opsUrl } = await start({ checks: [{ name: 'database', check: () => Promise.reject(new Error('down')) }] });
    expect((await fetch(`${opsUrl}/health/live`)).status).toBe(200);
    const ready = await fetch(`${opsUrl}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'not_ready', checks: [{ name: 'database', ok: false, reason: 'down' }] });
  });

  it('drains: not ready, still serving, connections told to close; then ends what runs, then closes its parts', async () => {
    const order: string[] = [];
    const service = await start({ ...routes, close: () => Promise.resolve(void order.push('parts closed')) }, { SHUTDOWN_GRACE_MS: '800' });
    const slow = fetch(`${service.url}/v1/slow`).then(async (response) => {
      order.push(`slow answered ${response.status}`);
      await response.text();
    });
    await sleep(20);
    const closing = service.close();
    const ready = await fetch(`${service.opsUrl}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'draining', checks: [] }]);
    const late = await fetch(`${service.url}/v1/rooms/1`);
    expect([late.status, late.headers.get('connection')]).toEqual([200, 'close']);
    await Promise.all([slow, closing]);
    expect(order).toEqual(['slow answered 200', 'parts closed']);
    await expect(fetch(`${service.opsUrl}/health/live`)).rejects.toThrow();
    running.pop();
  });

  it('says which port is taken and leaves nothing open', async () => {
    const first = await start({});
    const { port } = new URL(first.url);
    let closed = false;
    await expect(start({ close: () => Promise.resolve(void (closed = true)) }, { PORT: port })).rejects.toThrow(`PORT ${port} is taken`);
    expect(closed).toBe(true);
  });
});
