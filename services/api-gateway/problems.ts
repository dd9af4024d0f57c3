/** What the gateway itself says when it does not pass a request on, or has no answer to pass back. */
import type { ServerResponse } from 'node:http';
import { PROBLEM_MEDIA_TYPE, Problem, REQUEST_ID_HEADER, unavailable } from '@tartware/kit';

const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);
const MALFORMED = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'UND_ERR_NOT_SUPPORTED']);
const PERHAPS_DONE = 'Try again in a moment; a change may have taken place all the same.';

/** Before an answer, the connection could not be had or broke: another attempt may do. */
export function isConnectionError(error: unknown): boolean {
  const code = codeOf(error);
  return UNREACHABLE.has(code) || code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

export function upstreamProblem(error: unknown, upstream: string): Problem {
  if (error instanceof Problem) {
    return error;
  }
  const code = codeOf(error);
  if (UNREACHABLE.has(code)) {
    return unavailable('upstream_unavailable', `The service ${upstream} cannot be reached.`, error);
  }
  if (MALFORMED.has(code)) {
    return new Problem({ status: 400, code: 'request_malformed', message: 'The request cannot be passed on as it is.', hint: 'Check its headers and the length of its body.', cause: error });
  }
  return new Problem({ status: 502, code: 'upstream_failed', message: `The service ${upstream} broke off before it answered.`, hint: PERHAPS_DONE, cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function deadlinePassed(upstream: string): Problem {
  return new Problem({ status: 504, code: 'upstream_timeout', message: `The service ${upstream} did not answer in time.`, hint: PERHAPS_DONE });
}

export function bodyTooSlow(): Problem {
  return new Problem({ status: 408, code: 'body_too_slow', message: 'The body did not arrive in time.', hint: 'Send it again, faster.', headers: { connection: 'close' } });
}

export function bodyTooLarge(limit: number): Problem {
  return new Problem({ status: 413, code: 'body_too_large', message: `The body has more than ${limit} bytes.`, hint: `Send at most ${limit} bytes, in several requests if need be.`, headers: { connection: 'close' } });
}

export function bodyNotAllowed(method: string): Problem {
  return new Problem({ status: 400, code: 'body_not_allowed', message: `A ${method} request has no body here.`, hint: 'Send it without a body, content-length and transfer-encoding.', headers: { connection: 'close' } });
}

/** RFC 9112 6.1: 501 for a coding that is not understood. */
export function encodingUnknown(): Problem {
  return new Problem({ status: 501, code: 'transfer_encoding_unknown', message: 'The transfer encoding is not chunked alone.', hint: 'Send the body with content-length or in chunks.', headers: { connection: 'close' } });
}

export function pathMalformed(message: string, hint: string): Problem {
  return new Problem({ status: 400, code: 'path_malformed', message, hint });
}

export function headerRepeated(name: string): Problem {
  return new Problem({ status: 400, code: 'header_repeated', message: `The header ${name} stands there twice.`, hint: 'Send it once.', headers: { connection: 'close' } });
}

export function overloaded(): Problem {
  return unavailable('overloaded', 'There is more to do here than can be done now.');
}

export function upstreamBusy(upstream: string): Problem {
  return unavailable('upstream_busy', `The service ${upstream} has as many requests as it may have at a time.`);
}

export function circuitOpen(upstream: string, retryAfterMs: number): Problem {
  return new Problem({
    status: 503, code: 'upstream_circuit_open', message: `The service ${upstream} failed too often and is left alone for a moment.`, hint: 'Try again after the seconds in retry-after.',
    headers: { 'retry-after': String(wholeSeconds(retryAfterMs)) },
  });
}

export interface Refusal {
  /** Name of the policy in the RateLimit headers. */
  policy: string;
  /** Requests in the window. */
  quota: number;
  windowSeconds: number;
  retryAfterMs: number;
}

/** With the fields of https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
export function rateLimited({ policy, quota, windowSeconds, retryAfterMs }: Refusal): Problem {
  const seconds = wholeSeconds(retryAfterMs);
  return new Problem({
    status: 429, code: 'rate_limited', message: `The limit of ${quota} (${policy}) within ${windowSeconds} s is reached.`, hint: 'Try again after the seconds in retry-after.',
    headers: { 'retry-after': String(seconds), 'ratelimit-policy': `"${policy}";q=${quota};w=${windowSeconds}`, 'ratelimit': `"${policy}";r=0;t=${seconds}` },
  });
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}

/** Answers with a problem on a response that has not begun. */
export function answerProblem(response: ServerResponse, problem: Problem, requestId: string, closing: boolean): void {
  const body = JSON.stringify(problem.toBody(requestId));
  const headers = { ...problem.headers, [REQUEST_ID_HEADER]: requestId, 'content-type': PROBLEM_MEDIA_TYPE, 'content-length': Buffer.byteLength(body), ...(closing ? { connection: 'close' } : {}) };
  response.writeHead(problem.status, headers).end(body);
}
