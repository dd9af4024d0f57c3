/** Errors that a client sees: RFC 9457 problem details with a stable `code` to act on and a `hint` that says what to do. */
import { STATUS_CODES } from 'node:http';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

export interface ProblemOptions {
  /** HTTP status, 400 to 599. */
  status: number;
  /** Stable, snake_case; clients may branch on it. */
  code: string;
  /** What is wrong, in a sentence without data of other tenants or secrets. */
  message: string;
  /** What the reader can do about it. */
  hint: string;
  /** One entry per wrong field, `field` as a JSON pointer into the part of the request that `in` names. */
  errors?: FieldError[];
  /** Extra answer headers, such as `retry-after` (seconds) or `www-authenticate`. */
  headers?: Record<string, string>;
  cause?: unknown;
}

export interface FieldError {
  in: string;
  field: string;
  message: string;
}

/** Body of an error answer. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  hint: string;
  request_id: string;
  errors?: FieldError[];
}

/** Thrown by a service's own code to answer with a problem. Anything else that is thrown answers 500 and is logged with its stack. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  constructor(options: ProblemOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.status = options.status;
    this.code = options.code;
    this.hint = options.hint;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  toBody(requestId: string): ProblemBody {
    return {
      type: `urn:tartware:problem:${this.code}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      code: this.code,
      hint: this.hint,
      request_id: requestId,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    };
  }
}

export function notFound(what: string): Problem {
  return new Problem({ status: 404, code: 'not_found', message: `${what} does not exist here.`, hint: 'Check the id, and that you are signed in to the right tenant.' });
}

/** @param reason without data of the token itself */
export function unauthorized(code: string, reason: string, hint = 'Sign in at POST /v1/auth/sign-in and send the token as "Authorization: Bearer <token>".'): Problem {
  return new Problem({ status: 401, code, message: reason, hint, headers: { 'www-authenticate': 'Bearer' } });
}

/** A dependency is down or busy: the same request may work in a moment. */
export function unavailable(code: string, message: string, cause?: unknown): Problem {
  return new Problem({ status: 503, code, message, hint: 'Try again in a moment.', headers: { 'retry-after': '1' }, cause });
}
