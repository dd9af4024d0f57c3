/** Both ends of the gateway on bare sockets: what no well-behaved client or server would send, and exactly what arrives. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startService } from '@tartware/kit';
import type { RunningService } from '@tartware/kit';
import { createTestKey } from '@tartware/kit/testing';
import { gateway } from '../service.ts';

export const key = createTestKey('k1');

/** Nothing listens here. */
export const DOWN = 'http://127.0.0.1:1';

/** What an upstream does with a connection; `text` is all that came on it so far, as latin1. */
export type Behaviour = (socket: Socket, text: string) => void;

export interface RawUpstream {
  url: string;
  /** All that came, one text for each connection. */
  received: string[];
  /** Called with each piece that comes. */
  behave: Behaviour;
  /** Ends all connections and forgets what came; the gateway has seen it when this resolves. */
  forget: () => Promise<void>;
  close: () => void;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

export async function startRawUpstream(): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const { received } = upstream;
    const index = received.push('') - 1;
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      const text = (received[index] ?? '') + chunk.toString('latin1');
      received[index] = text;
      upstream.behave(socket, text);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream: RawUpstream = {
    url: `http://127.0.0.1:${portOf(server)}`,
    received: [],
    behave: () => undefined,
    async forget() {
      sockets.forEach((socket) => socket.destroy());
      await sleep(20);
      upstream.received = [];
    },
    close() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
  return upstream;
}

/** A gateway whose rooms are `upstream`, whose core only publishes keys, and which can reach nothing else. */
export async function startGateway(upstream: string, overrides: NodeJS.ProcessEnv = {}): Promise<RunningService> {
  const core = createHttpServer((_request, response) => response.end(JSON.stringify({ keys: [key.published] }))).listen(0, '127.0.0.1');
  await once(core, 'listening');
  const others = ['RESERVATIONS', 'BILLING', 'GUESTS', 'SETTINGS', 'HOUSEKEEPING', 'COMMAND_CENTER'].map((name) => [`${name}_URL`, DOWN]);
  const service = await startService(gateway, {
    HOST: '127.0.0.1', PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent', SHUTDOWN_GRACE_MS: '40', REQUEST_DEADLINE_MS: '1500',
    // A machine that is busy with other tests is not what is tested.
    MAX_EVENT_LOOP_DELAY_MS: '60000',
    ...Object.fromEntries(others), CORE_URL: `http://127.0.0.1:${portOf(core)}`, ROOMS_URL: upstream, ...overrides,
  });
  return {
    ...service,
    async close() {
      await service.close();
      core.closeAllConnections();
      core.close();
    },
  };
}

export interface RawClient {
  socket: Socket;
  /** All that came back. */
  text: () => string;
  /** Resolves once `pattern` is in what came; rejects when the connection ends or 5 s pass without it. */
  until: (pattern: RegExp) => Promise<RegExpExecArray>;
  closed: Promise<void>;
}

export function openClient(url: string): RawClient {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    socket,
    closed,
    text: () => text,
    until: (pattern) => new Promise((resolve, reject) => {
      const stop = setTimeout(() => settle(`did not come within 5 s`), 5_000);
      const settle = (why?: string): void => {
        const found = pattern.exec(text);
        if (!found && why === undefined) {
          return;
        }
        clearTimeout(stop);
        socket.off('data', look);
        if (found) {
          resolve(found);
        } else {
          reject(new Error(`${String(pattern)} ${why ?? ''}:\n${text}`));
        }
      };
      const look = (): void => settle();
      socket.on('data', look);
      void closed.then(() => settle('did not come before the end'));
      look();
    }),
  };
}

/** The head of a request with a valid token. */
export function head(start: string, ...lines: string[]): string {
  return [`${start} HTTP/1.1`, 'host: api.example', `authorization: Bearer ${key.token()}`, ...lines, '', ''].join('\r\n');
}

/** Sends one request on a connection of its own and returns all that comes until the connection ends or `pattern` is there. */
export async function exchange(url: string, request: string, pattern = /\r\n\r\n/): Promise<string> {
  const client = openClient(url);
  client.socket.write(request, 'latin1');
  try {
    await Promise.race([client.until(pattern), client.closed]);
  } finally {
    client.socket.destroy();
  }
  return client.text();
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

/** An upstream that answers every head with `answer` as soon as it is whole. */
export function answering(answer: string): Behaviour {
  const answered = new WeakMap<Socket, number>();
  return (socket, text) => {
    const heads = text.match(/HTTP\/1\.1\r\n[^]*?\r\n\r\n/g)?.length ?? 0;
    if (heads > (answered.get(socket) ?? 0)) {
      answered.set(socket, heads);
      socket.write(answer, 'latin1');
    }
  };
}

export const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok';
