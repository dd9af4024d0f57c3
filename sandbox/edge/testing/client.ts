import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import WebSocket from 'ws';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  json(): Record<string, unknown>;
}

interface Call {
  readonly method?: string;
  /** As pairs, so that a name can stand twice and in any spelling. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  /** Of the body, when it isn't application/json. */
  readonly contentType?: string;
}

/** A browser's part towards the edge, without a browser's scruples: paths and headers are sent as they are given. */
export class EdgeClient {
  readonly port: number;
  cookies: Readonly<Record<string, string>> = {};

  constructor(edge: FastifyInstance) {
    this.port = (edge.server.address() as AddressInfo).port;
  }

  async call(path: string, { method = 'GET', headers = [], body, contentType = 'application/json' }: Call = {}): Promise<Answer> {
    const content = body === undefined ? undefined : JSON.stringify(body);
    const sent = [
      ['Host', `127.0.0.1:${this.port}`],
      ...(Object.keys(this.cookies).length > 0 ? [['Cookie', this.#cookieHeader()]] : []),
      ...(method !== 'GET' && this.cookies.CSRF !== undefined ? [['X-API-CSRF', this.cookies.CSRF]] : []),
      ...(content === undefined ? [] : [['Content-Type', contentType], ['Content-Length', String(Buffer.byteLength(content))]]),
      ...headers,
    ];
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port: this.port, path, method, headers: sent.flat() as never }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) as Record<string, unknown> });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(content);
    });
  }

  async signIn(username: string, password: string): Promise<Answer> {
    const answer = await this.call('/v1-public/login', { method: 'POST', body: { type: 'localProvider', responseType: 'cookie', username, password } });
    const pairs = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]?.split('=') ?? []);
    if (answer.status === 200) this.cookies = Object.fromEntries(pairs);
    return answer;
  }

  socket(path: string, headers: Readonly<Record<string, string>> = {}, protocols: string[] = []): EdgeSocket {
    const cookie = this.#cookieHeader();
    return new EdgeSocket(new WebSocket(`ws://127.0.0.1:${this.port}${path}`, protocols, { headers: { ...(cookie === '' ? {} : { cookie }), ...headers } }));
  }

  #cookieHeader(): string {
    return Object.entries(this.cookies).map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** A WebSocket whose messages are kept until they are asked for. */
export class EdgeSocket {
  readonly #socket: WebSocket;
  readonly #messages: Record<string, unknown>[] = [];
  /** 101, or the status the handshake was refused with. */
  readonly status: Promise<number>;
  readonly closed: Promise<void>;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.status = new Promise((resolve, reject) => {
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('error', reject);
    });
    this.closed = new Promise((resolve) => void socket.once('close', () => resolve()));
    socket.on('message', (data) => this.#messages.push(JSON.parse(String(data)) as Record<string, unknown>));
  }

  send(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** The first message, past or to come, that fits. */
  async message(fits: (message: Record<string, unknown>) => boolean, withinMs = 10_000): Promise<Record<string, unknown>> {
    const deadline = Date.now() + withinMs;
    while (Date.now() < deadline) {
      const found = this.#messages.find(fits);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no such message within ${withinMs} ms; got ${JSON.stringify(this.#messages).slice(0, 2_000)}`);
  }

  close(): void {
    this.#socket.terminate();
  }
}
