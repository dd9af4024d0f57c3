import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer } from 'httpxy';
import { EdgeError, errorBody } from '../errors.ts';
import { refuseUpgrade } from './refusal.ts';
import { principalOf } from '../identity/principal.ts';
import type { Session } from '../identity/sessions.ts';
import { forwardedHeaders } from './headers.ts';
import type { Upstream } from './upstreams.ts';

/** A request for an upstream, under the path it has there. */
export interface Forwarding {
  readonly upstream: Upstream;
  readonly path: string;
  readonly urlPrefix?: string;
}

/**
 * Sends requests on as the session's user. WebSockets are piped byte by byte after the upstream itself accepted them,
 * so that its refusals, subprotocols and close codes reach the browser as they are.
 */
export class Forwarder {
  readonly #proxy = createProxyServer({});
  readonly #upstreams = new WeakMap<object, Upstream>();

  constructor() {
    // The edge sets its own cookies, and Steve would replace the CSRF cookie by one that it doesn't know.
    this.#proxy.on('proxyRes', ({ headers }) => delete headers['set-cookie']);
    this.#proxy.on('error', (cause, request, answer) => {
      const error = unreachable(request && this.#upstreams.get(request), cause);
      if (answer instanceof ServerResponse) answerUnreachable(answer, error);
      else if (answer) refuseUpgrade(answer, error);
    });
  }

  async request(request: IncomingMessage, response: ServerResponse, forwarding: Forwarding, session: Session | undefined): Promise<void> {
    const { upstream } = forwarding;
    await this.#rewrite(request, forwarding, session);
    closeWith(session, response);
    await this.#proxy.web(request, response, { target: { ...upstream.target, ...certificates(upstream) }, agent: upstream.agent, ...secure(upstream) });
  }

  async upgrade(request: IncomingMessage, socket: Socket, head: Buffer, forwarding: Forwarding & { readonly session: Session }): Promise<void> {
    const { upstream, session } = forwarding;
    await this.#rewrite(request, forwarding, session);
    closeWith(session, socket);
    await this.#proxy.ws(request, socket, { target: { ...upstream.target, ...certificates(upstream) }, agent: false, ...secure(upstream) }, head);
  }

  async #rewrite(request: IncomingMessage, { upstream, path, urlPrefix }: Forwarding, session: Session | undefined): Promise<void> {
    const authorization = await upstream.authorization();
    const headers = forwardedHeaders(request.headers, {
      principal: principalOf(session),
      ...(urlPrefix === undefined ? {} : { urlPrefix }),
      ...(authorization === undefined ? {} : { authorization }),
    });
    // httpxy sends on what it finds on the request.
    Object.assign(request, { headers, url: path });
    this.#upstreams.set(request, upstream);
  }
}

function certificates({ tls: { ca, cert, key } }: Upstream): { ca?: string; cert?: string; key?: string } {
  return { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}

function secure({ tls: { rejectUnauthorized } }: Upstream): { secure?: boolean } {
  return rejectUnauthorized === undefined ? {} : { secure: rejectUnauthorized };
}

/** A watch or a subscription ends with the session it was opened in. */
function closeWith(session: Session | undefined, connection: Socket | ServerResponse): void {
  if (!session) return;
  const close = (): void => void connection.destroy();
  session.ended.addEventListener('abort', close, { once: true });
  connection.once('close', () => session.ended.removeEventListener('abort', close));
}

function unreachable(upstream: Upstream | undefined, cause: Error): EdgeError {
  return new EdgeError(502, 'BadGateway', `${upstream?.name ?? 'the upstream'} did not answer: ${cause.message}`, 'see whether it runs: npm run sandbox:status', { cause });
}

function answerUnreachable(response: ServerResponse, error: EdgeError): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.writeHead(error.status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(errorBody(error)));
}
