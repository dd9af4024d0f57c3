/** Passes one request on to an upstream and its answer back. undici calls this as the answer comes in; bodies are never held whole but small ones. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Problem } from '@tartware/kit';
import type { Span } from '@tartware/kit/tracing';
import type { Deadlines, Entry } from './deadlines.ts';
import { responseHeaders, setRemaining } from './headers.ts';
import { answerProblem, bodyTooSlow, circuitOpen, deadlinePassed, isConnectionError, upstreamBusy, upstreamProblem } from './problems.ts';
import type { Admission, Outcome } from './resilience/breaker.ts';
import type { SampledLog } from './sampled-log.ts';
import type { Upstream } from './upstream.ts';

const STATUS_CLIENT_GONE = 499;
/** Times another attempt is made, and about how long it waits, ms: long enough for a pod that has just gone to be known as gone. */
const RETRY_AFTER_MS = [25, 100];
/** RFC 9110 9.2.2, of those that are passed on. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Answers of an upstream that say that it is not well, as against wrong. */
const UNWELL = new Set([502, 503, 504]);

const CLIENT_GONE = new Error('the client is gone');

/** What all exchanges share. */
export interface Surroundings {
  log: SampledLog;
  /** From a request's arrival to the last byte of its answer, ms. */
  deadlineMs: number;
  deadlines: Deadlines;
  isDraining: () => boolean;
}

export class Exchange implements Dispatcher.DispatchHandler {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: Upstream;
  readonly requestId: string;
  readonly startedAt = performance.now();
  /** What is counted when the connection ends before the answer is whole. */
  brokenOffAs = STATUS_CLIENT_GONE;
  /** While the request is traced. */
  span: Span | undefined;
  readonly #around: Surroundings;
  readonly #deadline: Entry;
  #headers: string[] = [];
  #body: Buffer | Readable | null = null;
  #attempt = 0;
  #admission: Admission | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #abortedBy: Error | undefined;
  /** Length that the answer's head promised; -1 when it did not. */
  #promised = -1;
  #discarding = false;
  #outcome: Outcome = 'success';
  #retryTimer: NodeJS.Timeout | undefined;
  #done = false;

  constructor(around: Surroundings, request: IncomingMessage, response: ServerResponse, upstream: Upstream, requestId: string) {
    this.#around = around;
    this.request = request;
    this.response = response;
    this.upstream = upstream;
    this.requestId = requestId;
    this.#deadline = around.deadlines.add(this);
  }

  get done(): boolean {
    return this.#done;
  }

  /** What is left of the deadline, whole ms. */
  remainingMs(now = performance.now()): number {
    return Math.max(1, Math.round(this.#around.deadlineMs - (now - this.startedAt)));
  }

  /** @param headers as `requestHeaders` makes them */
  send(headers: string[], body: Buffer | Readable | null): void {
    this.#headers = headers;
    this.#body = body;
    this.upstream.budget.deposit();
    this.#dispatch(this.startedAt);
  }

  /** Ends it with a problem. */
  refuse(problem: Problem): void {
    if (this.#done) {
      return;
    }
    this.#finish('unknown');
    if (problem.status >= 500 && problem.cause !== undefined) {
      this.#around.log.failed(performance.now(), problem.message, () => ({ err: problem.cause, code: problem.code, reqId: this.requestId }));
    }
    answerProblem(this.response, problem, this.requestId, this.#around.isDraining());
  }

  /** The client's connection is at its end. */
  clientGone(): void {
    if (!this.#done) {
      this.#abort(CLIENT_GONE);
    }
  }

  deadlinePassed(): void {
    // Who has not sent the whole body yet is who was too slow.
    this.#abort(this.request.complete || this.response.headersSent ? deadlinePassed(this.upstream.name) : bodyTooSlow());
  }

  #dispatch(now: number): void {
    if (this.#done) {
      return;
    }
    const { upstream } = this;
    if (upstream.inFlight >= upstream.maxInFlight) {
      this.refuse(upstreamBusy(upstream.name));
      return;
    }
    const admission = upstream.breaker.admit(now);
    if (admission === 'refused') {
      this.refuse(circuitOpen(upstream.name, upstream.breaker.retryAfter(now)));
      return;
    }
    this.#admission = admission;
    upstream.inFlight += 1;
    this.#controller = undefined;
    const { method = 'GET', url = '/' } = this.request;
    try {
      upstream.connections.dispatch({ path: url, method: method as Dispatcher.HttpMethod, headers: this.#headers, body: this.#body }, this);
    } catch (error) {
      this.#fail(error);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abortedBy) {
      controller.abort(this.#abortedBy);
    }
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) {
      this.#passInformation(status, headers);
      return;
    }
    if (status === 503 && this.#mayRetry()) {
      this.#discarding = true;
      return;
    }
    this.#outcome = UNWELL.has(status) ? 'failure' : 'success';
    const length = headers['content-length'];
    this.#promised = length === undefined ? -1 : Number(length);
    this.response.writeHead(status, responseHeaders(headers, this.requestId, this.#around.isDraining()));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#discarding) {
      return;
    }
    if (chunk.length === this.#promised) {
      // All of it at once, as most answers are: ending with it saves a second trip through the socket.
      this.response.end(chunk);
      return;
    }
    if (!this.response.write(chunk)) {
      // A slow reader slows the upstream down instead of filling our memory.
      controller.pause();
      this.response.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(): void {
    if (this.#discarding) {
      this.#retry();
      return;
    }
    this.#finish(this.#outcome);
    if (!this.response.writableEnded) {
      this.response.end();
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  /** RFC 9110 15.2: a proxy passes 1xx answers on. 101 never comes, since upgrades are not passed; 100 is answered here. */
  #passInformation(status: number, headers: IncomingHttpHeaders): void {
    if (this.response.headersSent || this.request.httpVersion === '1.0') {
      return;
    }
    if (status === 102) {
      this.response.writeProcessing();
    }
    const { link } = headers;
    if (status === 103 && link !== undefined) {
      this.response.writeEarlyHints({ link });
    }
  }

  #mayRetry(): boolean {
    return this.#body === null && this.#attempt < RETRY_AFTER_MS.length && IDEMPOTENT.has(this.request.method ?? '') && this.#abortedBy === undefined
      && !this.response.headersSent && this.upstream.breaker.state === 'closed' && this.upstream.budget.withdraw();
  }

  #retry(): void {
    this.#release('failure');
    this.#discarding = false;
    const wait = (RETRY_AFTER_MS[this.#attempt] ?? 0) * (0.5 + Math.random());
    this.#attempt += 1;
    this.upstream.retries += 1;
    this.#controller = undefined;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      const now = performance.now();
      setRemaining(this.#headers, this.remainingMs(now));
      this.#dispatch(now);
    }, wait);
  }

  #fail(error: unknown): void {
    if (this.#done) {
      return;
    }
    if (this.#abortedBy === undefined && (this.#discarding || (isConnectionError(error) && this.#mayRetry()))) {
      this.#retry();
      return;
    }
    const problem = upstreamProblem(this.#abortedBy ?? error, this.upstream.name);
    const begun = this.response.headersSent;
    if (!begun && this.#abortedBy !== CLIENT_GONE) {
      this.#release(outcomeOf(problem));
      this.refuse(problem);
      return;
    }
    if (this.#abortedBy !== CLIENT_GONE) {
      this.brokenOffAs = problem.status;
      this.#around.log.failed(performance.now(), 'an answer broke off', () => ({ err: error, upstream: this.upstream.name, reqId: this.requestId }));
    }
    this.#finish(this.#abortedBy === CLIENT_GONE ? 'unknown' : 'failure');
    // Cutting the connection is the only way left to tell the client that the answer is not whole.
    this.response.destroy();
  }

  #abort(reason: Error): void {
    this.#abortedBy ??= reason;
    if (this.#controller) {
      this.#controller.abort(reason);
    } else {
      // It waits for a connection, for another attempt or for its own body: nobody would tell us.
      this.#fail(reason);
    }
  }

  #finish(outcome: Outcome): void {
    this.#done = true;
    this.#around.deadlines.remove(this.#deadline);
    clearTimeout(this.#retryTimer);
    this.#release(outcome);
  }

  /** Gives the place at the upstream back and says how it went. */
  #release(outcome: Outcome): void {
    if (this.#admission === undefined) {
      return;
    }
    this.upstream.inFlight -= 1;
    // When a success came in is of no matter within a window of seconds; asking the clock costs more than counting.
    this.upstream.breaker.record(this.#admission, outcome, outcome === 'failure' ? performance.now() : this.startedAt);
    this.#admission = undefined;
  }
}

/** A request that was wrong says nothing about the upstream. */
function outcomeOf(problem: Problem): Outcome {
  return problem.status >= 500 ? 'failure' : 'unknown';
}
