/** Passes one request on to an upstream and its answer back, both streamed: no body is ever held whole. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import { Problem, unavailable } from '@tartware/kit';
import { requestHeaders, responseHeaders } from './headers.ts';

export interface Target {
  name: string;
  pool: Pick<Dispatcher, 'dispatch'>;
  /** From the request's arrival to the last byte of the answer, ms. */
  deadlineMs: number;
}

/** Reasons of our own to abort, told from the upstream's failures by identity. */
const DEADLINE = new Error('the deadline has passed');
const CLIENT_GONE = new Error('the client is gone');

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);
const MALFORMED = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'UND_ERR_NOT_SUPPORTED']);

export function proxy(request: FastifyRequest, reply: FastifyReply, target: Target): void {
  const { raw } = request;
  const exchange = new Exchange(request, reply, target);
  const options: Dispatcher.DispatchOptions = {
    path: raw.url ?? '/',
    method: request.method,
    headers: requestHeaders(raw, request.id),
    body: hasBody(request) ? raw : null,
  };
  try {
    target.pool.dispatch(options, exchange);
  } catch (error) {
    exchange.fail(error);
  }
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0');
}

/** undici calls this as the answer comes in. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #target: Target;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #abortedBy: Error | undefined;
  #done = false;

  constructor(request: FastifyRequest, reply: FastifyReply, target: Target) {
    this.#request = request;
    this.#reply = reply;
    this.#target = target;
    this.#timer = setTimeout(() => this.#abort(DEADLINE), target.deadlineMs);
    reply.raw.once('close', () => {
      if (!this.#done) {
        this.#abort(CLIENT_GONE);
      }
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abortedBy) {
      controller.abort(this.#abortedBy);
    }
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number): void {
    if (statusCode < 200) {
      return;
    }
    // From here on the answer is the upstream's; Fastify only measures it.
    this.#reply.hijack();
    const { rawHeaders } = controller;
    this.#reply.raw.writeHead(statusCode, responseHeaders(Array.isArray(rawHeaders) ? rawHeaders : []));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { raw } = this.#reply;
    if (!raw.write(chunk)) {
      // A slow reader slows the upstream down instead of filling our memory.
      controller.pause();
      raw.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(): void {
    this.#finish();
    this.#reply.raw.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    if (this.#done) {
      return;
    }
    this.#finish();
    const { raw } = this.#reply;
    if (this.#abortedBy === CLIENT_GONE || raw.headersSent) {
      if (this.#abortedBy !== CLIENT_GONE) {
        this.#request.brokenOffAs = problemOf(this.#abortedBy ?? error, this.#target.name).status;
      }
      if (raw.headersSent) {
        this.#request.log.warn({ err: error, upstream: this.#target.name }, 'an answer broke off');
      }
      // Cutting the connection is the only way left to tell the client that the answer is not whole.
      raw.destroy();
      return;
    }
    void this.#reply.send(problemOf(this.#abortedBy ?? error, this.#target.name));
  }

  #abort(reason: Error): void {
    this.#abortedBy ??= reason;
    this.#controller?.abort(reason);
    // Without a controller the request still waits for a connection: nobody would tell us.
    if (!this.#controller) {
      this.fail(reason);
    }
  }

  #finish(): void {
    this.#done = true;
    clearTimeout(this.#timer);
  }
}

function problemOf(error: unknown, upstream: string): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error === DEADLINE) {
    return new Problem({ status: 504, code: 'upstream_timeout', message: `The service ${upstream} did not answer in time.`, hint: 'Try again in a moment; a change may have taken place all the same.' });
  }
  if (UNREACHABLE.has(code)) {
    return unavailable('upstream_unavailable', `The service ${upstream} cannot be reached.`, error);
  }
  if (MALFORMED.has(code)) {
    return new Problem({ status: 400, code: 'request_malformed', message: 'The request cannot be passed on as it is.', hint: 'Check its headers and the length of its body.', cause: error });
  }
  return new Problem({ status: 502, code: 'upstream_failed', message: `The service ${upstream} broke off before it answered.`, hint: 'Try again in a moment; a change may have taken place all the same.', cause: error });
}
