import { TartwareError } from '@tartware/domain';

/** What to do about a failed request, by its code. The codes are those that pages act upon. */
const HINTS = {
  /** 403 */
  FORBIDDEN: 'A right is missing. The message names it; ask an administrator of the cluster.',
  /** 404 */
  NOT_FOUND: 'It was deleted, or its kind is not installed in this cluster.',
  /** 409, 422; a `test` of a JSON Patch that does not hold is a 422 */
  REJECTED: 'The cluster understood and refused; nothing was changed. The message says why.',
  /** 502, 503, 504 */
  UNAVAILABLE: 'The service behind the proxy has no ready pod. Look at its pods in Cluster Explorer.',
  /** 401 */
  SIGNED_OUT: 'Your session has ended. Sign in again in another tab; what you changed here is kept.',
  /** No answer at all. */
  UNREACHABLE: 'Rancher cannot be reached. Check the connection; the page tries again by itself.',
  TIMEOUT: 'No answer within 10 seconds. The page tries again by itself.',
  /** An answer that is not what the API promises. */
  MALFORMED: 'The answer is not what this API promises. Is something else listening under this name?',
  FAILED: 'Unexpected. The details below belong in a report.',
};

export type FailureCode = keyof typeof HINTS;

/** A request that did not bring what it was made for; `message` is the server's own. */
export class RequestFailure extends TartwareError {
  declare readonly code: FailureCode;
  /** HTTP status, where there was one. */
  readonly status: number | undefined;
  /** What was asked, e.g. `GET /k8s/clusters/local/apis/…`. */
  readonly request: string;

  constructor(code: FailureCode, message: string, { status, request }: { status?: number | undefined; request: string }) {
    super({ code, message, hint: HINTS[code] });
    this.status = status;
    this.request = request;
  }
}

/** True for the rejection of a request that we called off ourselves: nothing to tell anybody. */
export function isCancelled(error: unknown): boolean {
  return isRecord(error) && (error.code === 'ERR_CANCELED' || error.name === 'AbortError' || error.name === 'CanceledError');
}

/** Turns whatever Rancher's store rejects with into a RequestFailure. */
export function toFailure(error: unknown, request: string): RequestFailure {
  if (error instanceof RequestFailure) return error;

  const details = isRecord(error) ? error : {};
  // `_status` is put on the parsed answer by @shell/plugins/steve/actions.js; `code` is that of a Kubernetes Status.
  const status = numberIn(details._status) ?? numberIn(details.code);

  if (status !== undefined) return new RequestFailure(codeOfStatus(status), messageOf(details, `HTTP ${ status }`), { status, request });
  if (details.code === 'ECONNABORTED' || details.code === 'ETIMEDOUT') return new RequestFailure('TIMEOUT', messageOf(details, 'No answer in time'), { request });
  if (details.code === 'ERR_NETWORK') return new RequestFailure('UNREACHABLE', messageOf(details, 'No connection'), { request });

  return new RequestFailure('FAILED', messageOf(details, String(error)), { request });
}

function codeOfStatus(status: number): FailureCode {
  const known: Record<number, FailureCode> = {
    401: 'SIGNED_OUT', 403: 'FORBIDDEN', 404: 'NOT_FOUND', 409: 'REJECTED', 422: 'REJECTED', 502: 'UNAVAILABLE', 503: 'UNAVAILABLE', 504: 'UNAVAILABLE',
  };

  return known[status] ?? 'FAILED';
}

/** Kubernetes says `message`, Prometheus `error`, a proxy's plain text comes as `data`. */
function messageOf(details: Record<string, unknown>, otherwise: string): string {
  const text = [details.message, details.error, details.data].find((part) => typeof part === 'string' && part.trim() !== '');

  return typeof text === 'string' ? text.trim().slice(0, 500) : otherwise;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
