/**
 * A real HTTP server that speaks the contract of reservations, guests and settings (docs/services.md) as far as billing calls them, for tests of
 * what those services would not do on demand: be slow, be down, answer a thousand rooms.
 */
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';

export interface StandIn {
  url: string;
  /** `METHOD /path` of all that was asked, in order. */
  asked: string[];
  close: () => Promise<void>;
}

export interface Asked {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  body: unknown;
  idempotencyKey: string | undefined;
}

export interface Answered {
  status: number;
  body: object;
}

/** @param answer undefined: 404 as the services say it; a promise may be as late as it likes */
export async function startStandIn(answer: (asked: Asked) => Answered | undefined | Promise<Answered | undefined>): Promise<StandIn> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void read(request).then(async (what) => {
      asked.push(`${what.method} ${what.path}`);
      const { status, body } = await answer(what) ?? problem(404, 'not_found');
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function problem(status: number, code: string): Answered {
  return { status, body: { type: `urn:tartware:problem:${code}`, title: code, status, detail: code, code, hint: 'Check what was asked.', request_id: 'stand-in' } };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const body = request.headers['content-type'] === undefined ? undefined : await json(request);
  const key = request.headers['idempotency-key'];
  return { method: request.method ?? '', path: url.pathname, query: url.searchParams, body, idempotencyKey: typeof key === 'string' ? key : undefined };
}
