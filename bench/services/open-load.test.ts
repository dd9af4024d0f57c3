import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openLoad, percentile } from './open-load.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: (path: string, count: number) => { status: number; afterMs: number }): Promise<string> {
  let count = 0;
  server = createServer((request, response) => {
    const { status, afterMs } = answer(request.url ?? '', (count += 1));
    setTimeout(() => response.writeHead(status).end('{}'), afterMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const kind = (name: string, share = 1) => ({ name, share, next: () => ({ method: 'GET', path: `/${name}` }) as const });

describe('open load', () => {
  it('sends as many as are due, in the shares of the mix', async () => {
    const seen: string[] = [];
    const url = await serve((path) => (seen.push(path), { status: 200, afterMs: 0 }));
    const result = await openLoad({ url, headers: {}, kinds: [kind('often', 3), kind('seldom', 1)], rate: 200, seconds: 1, warmUpSeconds: 0.2 });
    expect([result.due, result.answered, result.errors, result.dropped]).toEqual([200, 200, 0, 0]);
    expect([seen.length, seen.filter((path) => path === '/seldom').length]).toEqual([240, 60]);
    expect(result.byKind['often']?.latencies).toHaveLength(150);
  });

  it('counts the time from when a request was due, also while the service stands still', async () => {
    // One connection: a request that takes 400 ms holds back those behind it, which a closed loop would never have sent.
    const url = await serve((_path, count) => ({ status: 200, afterMs: count === 10 ? 400 : 0 }));
    const result = await openLoad({ url, headers: {}, kinds: [kind('all')], rate: 100, seconds: 1, connections: 1 });
    expect(percentile(result.latencies, 1)).toBeGreaterThan(380);
    expect(result.latencies.filter((latency) => latency > 100).length).toBeGreaterThan(20);
  });

  it('counts what was not expected, and says what it was', async () => {
    const url = await serve((_path, count) => ({ status: count % 4 === 0 ? 503 : 200, afterMs: 0 }));
    const result = await openLoad({ url, headers: {}, kinds: [kind('all')], rate: 100, seconds: 0.4 });
    expect([result.errors, result.byKind['all']?.errors]).toEqual([10, 10]);
    expect(result.samples[0]).toContain('all: GET /all answered 503');
  });

  it('counts who is not there as errors', async () => {
    const result = await openLoad({ url: 'http://127.0.0.1:1', headers: {}, kinds: [kind('all')], rate: 50, seconds: 0.2 });
    expect([result.errors, result.answered]).toEqual([10, 10]);
  });
});

it.each([[0.5, 50], [0.95, 95], [0.99, 99], [1, 100]])('of a hundred values the percentile %d is %d', (of, value) => {
  expect(percentile(Float64Array.from({ length: 100 }, (_, index) => index + 1), of)).toBe(value);
});
