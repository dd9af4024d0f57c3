import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OpenApiOfAll } from './collect.ts';

let server: Server;
let origin: string;
let asked = 0;
let answer: string;

beforeEach(async () => {
  asked = 0;
  answer = JSON.stringify({ openapi: '3.1.0', info: { title: 'Rooms', version: '1' }, paths: { '/v1/rooms': { get: {} } } });
  server = createServer((request, response) => {
    asked += Number(request.url === '/openapi.json');
    response.end(answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

function all(): OpenApiOfAll {
  return new OpenApiOfAll([{ service: 'rooms', origin, prefixes: ['/v1/rooms'] }]);
}

/** @param ms since now */
function later(ms: number): void {
  const now = performance.now() + ms;
  vi.spyOn(performance, 'now').mockReturnValue(now);
}

it('asks each service once a minute, however many want to know', async () => {
  const openApi = all();
  const [one, other] = await Promise.all([openApi.get(), openApi.get()]);
  expect([one === other, await openApi.get() === one, asked]).toEqual([true, true, 1]);
  later(59_000);
  await openApi.get();
  expect(asked).toBe(1);
  later(2_000);
  await openApi.get();
  expect(asked).toBe(2);
});

it('keeps what it knew of a service that is down, says so, and asks again soon', async () => {
  const openApi = all();
  await openApi.get();
  answer = 'no JSON';
  later(61_000);
  const old = await openApi.get();
  expect([Object.keys(old.paths), old['x-tartware-incomplete']]).toEqual([['/v1/rooms'], [{ service: 'rooms', reason: expect.stringContaining('older') }]]);
  answer = JSON.stringify({ openapi: '3.1.0', paths: {} });
  later(6_000);
  expect((await openApi.get())['x-tartware-incomplete']).toEqual([]);
});

it.each([['no JSON', 'JSON'], ['{"swagger":"2.0"}', 'not OpenAPI 3.1'], ['[]', 'not OpenAPI 3.1']])('says why %j is no description', async (text, reason) => {
  answer = text;
  expect((await all().get())['x-tartware-incomplete']).toEqual([{ service: 'rooms', reason: expect.stringContaining(reason) }]);
});
