/**
 * What a request passes before it is passed on: path, framing, load, token, limits. All of it is synchronous but for the rare: keys that must
 * be fetched, an attempt to sign in. It stands before Fastify, which would cost as much again as all that is done here; what this does
 * not know (`handle` says false) Fastify answers.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '@tartware/kit';
import { bearerToken } from '@tartware/kit/tokens';
import type { Claims } from '@tartware/kit/tokens';
import { startRootSpan, startSpan } from '@tartware/kit/tracing';
import type { Span } from '@tartware/kit/tracing';
import { Exchange } from './exchange.ts';
import type { Surroundings } from './exchange.ts';
import { clientAddress, requestHeaders } from './headers.ts';
import type { SignInLimit } from './limits/sign-in-limit.ts';
import type { RequestClass, TenantLimits } from './limits/tenant-limits.ts';
import { bodyNotAllowed, bodyTooLarge, encodingUnknown, headerRepeated, overloaded, pathMalformed, rateLimited } from './problems.ts';
import { HELD_BYTES, StreamedBody, bodyKindOf, holdBody } from './request-body.ts';
import type { BodyKind } from './request-body.ts';
import type { LoopDelay } from './resilience/loop-delay.ts';
import { whatIsWrongWith } from './routes.ts';
import type { Route, RouteTable } from './routes.ts';
import type { TraceContext } from './trace-context.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
const METHODS = new Set([...READS, 'POST', 'PUT', 'PATCH', 'DELETE']);

export interface FrontOptions {
  routes: RouteTable;
  tokens: { verify: (token: string) => Claims | Promise<Claims> };
  tenantLimits: TenantLimits;
  signInLimit: SignInLimit;
  loop: LoopDelay;
  trace: (given: string | undefined) => TraceContext;
  requestIdOf: (request: IncomingMessage) => string;
  /** Counts what was turned away, by reason. */
  turnedAway: (reason: 'overloaded' | 'read' | 'write' | 'sign-in') => void;
  surroundings: Surroundings;
  maxBodyBytes: number;
  trustedHops: number;
}

export class Front {
  readonly #options: FrontOptions;

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  /** @returns false when it is not for an upstream: then nothing has happened to it */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { routes, requestIdOf, surroundings } = this.#options;
    toOriginForm(request);
    const route = routes.find(request.url ?? '');
    if (route === undefined || !METHODS.has(request.method ?? '')) {
      return false;
    }
    const exchange = new Exchange(surroundings, request, response, route.upstream, requestIdOf(request));
    // 'close' comes after 'finish', which ends a whole answer, and alone when the client has left.
    response.on('close', () => this.#ended(exchange, route));
    try {
      this.#admit(exchange, route);
    } catch (error) {
      exchange.refuse(asProblem(error));
    }
    return true;
  }

  #admit(exchange: Exchange, route: Route): void {
    const { request } = exchange;
    const wrong = whatIsWrongWith(request.url ?? '');
    if (wrong !== undefined) {
      throw pathMalformed(wrong, 'Send the path as it is, with escapes, without "." and "..".');
    }
    if (this.#options.loop.overloaded) {
      this.#options.turnedAway('overloaded');
      throw overloaded();
    }
    const body = bodyKindOf(request);
    this.#checkBody(request, body);
    if (route.open) {
      this.#open(exchange, body);
      return;
    }
    if (isRepeated(request, 'authorization')) {
      throw headerRepeated('authorization');
    }
    const claims = this.#options.tokens.verify(bearerToken(request));
    if (claims instanceof Promise) {
      claims.then((late) => this.#limit(exchange, late, body)).catch((error: unknown) => exchange.refuse(asProblem(error)));
      return;
    }
    this.#limit(exchange, claims, body);
  }

  #checkBody(request: IncomingMessage, body: BodyKind): void {
    const { method = '', headers } = request;
    const encoding = headers['transfer-encoding'];
    if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
      throw encodingUnknown();
    }
    if (body !== 'none' && READS.has(method)) {
      throw bodyNotAllowed(method);
    }
    if (body === 'streamed' && Number(headers['content-length'] ?? 0) > this.#options.maxBodyBytes) {
      throw bodyTooLarge(this.#options.maxBodyBytes);
    }
  }

  #limit(exchange: Exchange, claims: Claims, body: BodyKind): void {
    const { tenantLimits } = this.#options;
    const kind: RequestClass = READS.has(exchange.request.method ?? '') ? 'read' : 'write';
    const retryAfterMs = tenantLimits.take(claims.tenant_id, kind, exchange.startedAt);
    if (retryAfterMs > 0) {
      this.#options.turnedAway(kind);
      throw rateLimited({ policy: `tenant-${kind}s`, quota: tenantLimits.sizes[kind].burst, windowSeconds: 1, retryAfterMs });
    }
    this.#takeBody(exchange, body, (whole) => this.#send(exchange, whole));
  }

  /** Nobody has said who it is yet. Whatever is sent here may be an attempt to sign in, however its path is written. */
  #open(exchange: Exchange, body: BodyKind): void {
    const { request } = exchange;
    if (request.method !== 'POST') {
      this.#takeBody(exchange, body, (whole) => this.#send(exchange, whole));
      return;
    }
    this.#continue(exchange, body);
    holdBody(request, (whole) => {
      this.#options.signInLimit.take(clientAddress(request, this.#options.trustedHops), whole)
        .then((refusal) => {
          if (refusal !== undefined) {
            this.#options.turnedAway('sign-in');
            throw rateLimited(refusal);
          }
          this.#send(exchange, whole);
        })
        .catch((error: unknown) => exchange.refuse(asProblem(error)));
    }, () => exchange.refuse(bodyTooLarge(HELD_BYTES)));
  }

  #continue({ request, response }: Exchange, kind: BodyKind): void {
    if (request.headers.expect !== undefined && kind !== 'none') {
      response.writeContinue();
    }
  }

  #takeBody(exchange: Exchange, kind: BodyKind, ready: (body: Buffer | StreamedBody | null) => void): void {
    const { request } = exchange;
    this.#continue(exchange, kind);
    if (kind === 'held') {
      holdBody(request, ready, () => exchange.refuse(bodyTooLarge(HELD_BYTES)));
      return;
    }
    ready(kind === 'none' ? null : new StreamedBody(request, this.#options.maxBodyBytes));
  }

  #send(exchange: Exchange, body: Buffer | StreamedBody | null): void {
    if (exchange.done) {
      return;
    }
    const { request, requestId } = exchange;
    const { traceparent, authorization } = request.headers;
    const trace = this.#options.trace(typeof traceparent === 'string' ? traceparent : undefined);
    if (trace.sampled) {
      exchange.span = startGatewaySpan(exchange, trace, this.#options.routes.find(request.url ?? '')?.pattern);
    }
    exchange.send(requestHeaders(request, {
      requestId, authorization, trace: exchange.span === undefined ? trace : { ...trace, traceparent: exchange.span.traceparent },
      trustedHops: this.#options.trustedHops, remainingMs: body === null ? exchange.remainingMs(exchange.startedAt) : exchange.remainingMs(),
    }), body);
  }

  #ended(exchange: Exchange, route: Route): void {
    exchange.clientGone();
    const { request, response } = exchange;
    const status = response.writableFinished ? response.statusCode : exchange.brokenOffAs;
    const now = performance.now();
    const ms = now - exchange.startedAt;
    exchange.span?.end(status >= 500 ? `answered ${status}` : undefined);
    route.metrics.observe(request.method ?? '', status, ms / 1_000);
    this.#options.surroundings.log.answered(status, now, () => {
      // The path without its query, which may name guests.
      const [path] = (request.url ?? '').split('?', 1);
      return { reqId: exchange.requestId, method: request.method, route: route.pattern, path, status, ms: Math.round(ms) };
    });
  }
}

/** @returns nothing when spans are sent nowhere */
function startGatewaySpan({ request, requestId }: Exchange, { parent }: TraceContext, pattern = 'unknown'): Span | undefined {
  const name = `${request.method} ${pattern}`;
  const options = { kind: 'server', attributes: { 'http.request.method': request.method ?? '', 'http.route': pattern, 'tartware.request_id': requestId } } as const;
  return parent === undefined ? startRootSpan(name, options) : startSpan(name, { ...options, parent });
}

/** RFC 9112 3.2.2: a server takes `GET http://host/path` too; its host replaces the header's. */
function toOriginForm(request: IncomingMessage): void {
  const { url = '' } = request;
  if (!url.startsWith('/') && URL.canParse(url)) {
    const { pathname, search, host } = new URL(url);
    request.url = pathname + search;
    request.headers.host = host;
  }
}

function isRepeated({ rawHeaders }: IncomingMessage, name: string): boolean {
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const spelling = rawHeaders[i] ?? '';
    if (spelling.length === name.length && spelling.toLowerCase() === name) {
      seen += 1;
    }
  }
  return seen > 1;
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) {
    return error;
  }
  return new Problem({ status: 500, code: 'internal_error', message: 'Something went wrong on our side.', hint: 'Tell the operators the request id; trying again may help.', cause: error });
}
