/** What went wrong with a request, in the terms a page acts upon. */
export type FailureCode =
  | 'forbidden' // 403: a right is missing
  | 'notFound' // 404: no such object, or its kind is not installed
  | 'rejected' // 409, 422: the server understood and refused; a failed `test` of a JSON Patch is a 422
  | 'unavailable' // 502, 503, 504: the service behind the proxy does not answer
  | 'signedOut' // 401
  | 'unreachable' // no answer at all
  | 'timeout'
  | 'malformed' // an answer that is not what the API promises
  | 'failed'; // anything else

/** A request that did not bring what it was made for. `message` is the server's own; pages add a hint by `code`. */
export class RequestFailure extends Error {
  override name = 'RequestFailure';
  readonly code: FailureCode;
  /** The l10n key of what to do about it. */
  readonly hint: string;
  /** HTTP status, where there was one. */
  readonly status: number | undefined;
  /** What was asked, e.g. `GET /k8s/clusters/local/apis/…`. */
  readonly request: string;

  constructor(code: FailureCode, message: string, { status, request }: { status?: number | undefined; request: string }) {
    super(message);
    this.code = code;
    this.hint = `failure.${ code }`;
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
  if (details.code === 'ECONNABORTED' || details.code === 'ETIMEDOUT') return new RequestFailure('timeout', messageOf(details, 'No answer in time'), { request });
  if (details.code === 'ERR_NETWORK') return new RequestFailure('unreachable', messageOf(details, 'No connection'), { request });

  return new RequestFailure('failed', messageOf(details, String(error)), { request });
}

function codeOfStatus(status: number): FailureCode {
  const known: Record<number, FailureCode> = {
    401: 'signedOut', 403: 'forbidden', 404: 'notFound', 409: 'rejected', 422: 'rejected', 502: 'unavailable', 503: 'unavailable', 504: 'unavailable',
  };

  return known[status] ?? 'failed';
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
