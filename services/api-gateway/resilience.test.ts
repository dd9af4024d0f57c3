/** Breakers, budgets, caps, shedding and draining through a whole gateway. Their rules alone are tested in `resilience/`. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningService } from '@tartware/kit';
import { key, openClient, head, portOf, startGateway } from './testing/raw.ts';

let upstream: Server;
let answer: RequestListener;
let count = 0;
let service: RunningService;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    count += 1;
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

beforeEach(() => {
  count = 0;
  answer = (_request, response) => response.end('{}');
});

afterEach(() => service.close());

afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

async function start(overrides: NodeJS.ProcessEnv = {}): Promise<void> {
  service = await startGateway(`http://127.0.0.1:${portOf(upstream)}`, overrides);
}

function ask(method = 'GET', path = '/v1/rooms'): Promise<Response> {
  return fetch(service.url + path, { method, headers: { authorization: `Bearer ${key.token()}` } });
}

async function outcome(response: Promise<Response>): Promise<unknown> {
  const got = await response;
  return [got.status, ((await got.json()) as { code?: string }).code, got.headers.get('retry-after')];
}

async function metrics(): Promise<string> {
  return (await fetch(`${service.opsUrl}/metrics`)).text();
}

describe('an upstream that fails', () => {
  it('is left alone after enough failures, and other upstreams are not', async () => {
    await start();
    answer = (_request, response) => response.writeHead(503).end('{}');
    for (let i = 0; i < 20; i++) {
      await ask('POST');
    }
    expect(await outcome(ask())).toEqual([503, 'upstream_circuit_open', '5']);
    expect(count).toBe(20);
    expect(await metrics()).toContain('gateway_breaker_state{upstream="rooms"} 2');
    expect((await ask('GET', '/v1/properties')).status).toBe(200);
  });

  it('is not left alone for answers that are the client’s fault', async () => {
    await start();
    answer = (_request, response) => response.writeHead(422).end('{}');
    for (let i = 0; i < 30; i++) {
      await ask('POST');
    }
    expect(count).toBe(30);
  });

  it('is asked again within a budget', async () => {
    await start();
    // Every third request fails, too few for the breaker.
    answer = (request, response) => (count % 3 === 0 ? request.socket.destroy() : response.end('{}'));
    const asked = 200;
    for (let i = 0; i < asked; i++) {
      await (await ask()).text();
    }
    expect(count - asked).toBeGreaterThan(10);
    expect(count - asked).toBeLessThanOrEqual(10 + asked * 0.1);
    expect(await metrics()).toContain(`gateway_retries_total{upstream="rooms"} ${count - asked}`);
  });
});

describe('more than can be done', () => {
  it('at one upstream is refused at once', async () => {
    await start({ UPSTREAM_MAX_IN_FLIGHT: '2' });
    answer = (_request, response) => void setTimeout(() => response.end('{}'), 200);
    const two = [ask(), ask()];
    await expect.poll(() => count).toBe(2);
    expect(await outcome(ask())).toEqual([503, 'upstream_busy', '1']);
    expect((await Promise.all(two)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask()).status).toBe(200);
  });

  it('in this process is refused until it has caught up', async () => {
    await start({ MAX_EVENT_LOOP_DELAY_MS: '50' });
    const end = performance.now() + 400;
    await sleep(1);
    while (performance.now() < end);
    expect(await outcome(ask())).toEqual([503, 'overloaded', '1']);
    expect(count).toBe(0);
    expect(await metrics()).toMatch(/gateway_turned_away_total\{reason="overloaded"\} 1/);
    await expect.poll(async () => (await ask()).status, { timeout: 3_000 }).toBe(200);
  });
});

describe('deadlines', () => {
  it('are passed on, smaller with each attempt', async () => {
    await start({ REQUEST_DEADLINE_MS: '900' });
    const seen: number[] = [];
    answer = (request, response) => {
      seen.push(Number(request.headers['tartware-deadline-ms']));
      setTimeout(() => (seen.length === 1 ? request.socket.destroy() : response.end('{}')), 100);
    };
    expect((await ask()).status).toBe(200);
    const [first = 0, second = 0] = seen;
    expect(first).toBeGreaterThan(850);
    expect(first - second).toBeGreaterThan(100);
  });

  it('count for all attempts together', async () => {
    await start({ REQUEST_DEADLINE_MS: '250' });
    answer = (request) => void setTimeout(() => request.socket.destroy(), 150);
    const began = performance.now();
    expect((await ask()).status).toBe(504);
    expect(performance.now() - began).toBeLessThan(400);
  });
});

describe('draining', () => {
  it('serves what comes, asks for other connections and waits for what is under way', async () => {
    await start({ SHUTDOWN_GRACE_MS: '800' });
    answer = (request, response) => void setTimeout(() => response.end('{}'), request.url === '/v1/rooms/slow' ? 400 : 0);
    const slow = ask('GET', '/v1/rooms/slow');
    await expect.poll(() => count).toBe(1);
    const closing = service.close();
    const client = openClient(service.url);
    client.socket.write(head('GET /v1/rooms'));
    await client.until(/HTTP\/1\.1 200 OK[^]*connection: close[^]*\{\}/i);
    await client.closed;
    expect((await slow).status).toBe(200);
    await closing;
    await expect(ask()).rejects.toThrow('fetch failed');
    await start();
  });
});
