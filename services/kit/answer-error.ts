/** The one place where an error becomes an answer. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE, Problem } from './errors.ts';
import type { FieldError } from './errors.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';

/** Fastify's own errors that a client causes, by their code; what is not here keeps its status with a general hint. */
const FRAMEWORK_PROBLEMS: Record<string, { code: string; hint: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large', hint: 'Send at most 256 KiB, in several requests if need be.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'media_type_unsupported', hint: 'Send JSON with "content-type: application/json".' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'body_malformed', hint: 'Send a JSON body, or leave the content-type header out.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'body_malformed', hint: 'Send well-formed JSON in UTF-8.' },
  FST_ERR_BAD_URL: { code: 'path_malformed', hint: 'Check the percent escapes in the path.' },
};

/** Fastify's error handler. Never tells a client more about an unexpected error than its request id. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  if (problem.status >= 500) {
    request.log.error({ err: error, code: problem.code }, problem.message);
  }
  // What cannot be routed, such as too long a path, comes here without any hook.
  void reply.header(REQUEST_ID_HEADER, request.id).code(problem.status).headers(problem.headers).type(PROBLEM_MEDIA_TYPE).serializer(JSON.stringify).send(problem.toBody(request.id));
}

export function noSuchRoute(method: string): Problem {
  return new Problem({ status: 404, code: 'route_not_found', message: `Nothing answers ${method} at this path.`, hint: 'Check the path and the method.' });
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) {
    return error;
  }
  if (isFastifyError(error)) {
    if (error.validation) {
      return invalid(error);
    }
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) {
      const known = FRAMEWORK_PROBLEMS[error.code] ?? { code: 'request_malformed', hint: 'Check the request.' };
      return new Problem({ status, ...known, message: error.message, cause: error });
    }
  }
  const fromDatabase = databaseProblem(error);
  if (fromDatabase) {
    return fromDatabase;
  }
  return new Problem({
    status: 500, code: 'internal_error', message: 'Something went wrong on our side.', hint: 'Tell the operators the request id; trying again may help.', cause: error,
  });
}

/**
 * What PostgreSQL refuses for reasons of its own, by SQLSTATE: characters that it cannot keep (NUL), numbers and dates beyond its
 * types, and conflicts of transactions that go away by themselves. A service's own rules answer before it comes to this, with the field's name.
 */
const DATABASE_PROBLEMS: Record<string, { status: number; code: string; message: string; hint: string; headers?: Record<string, string> }> = {
  ...sameFor(['22021', '22P05'], { status: 400, code: 'text_not_storable', message: 'A text has characters that cannot be kept.', hint: 'Leave out control characters such as NUL.' }),
  ...sameFor(['22003', '22008', '22007'], { status: 400, code: 'value_out_of_range', message: 'A number or a date is beyond what can be kept.', hint: 'Send a value that a hotel could have.' }),
  ...sameFor(['40001', '40P01', '55P03', '57014'], { status: 503, code: 'database_busy', message: 'Others are changing the same at this moment.', hint: 'Try again in a moment.', headers: { 'retry-after': '1' } }),
};

function sameFor<Value>(states: readonly string[], value: Value): Record<string, Value> {
  return Object.fromEntries(states.map((state) => [state, value]));
}

function databaseProblem(error: unknown): Problem | undefined {
  // Not by the driver's class: the gateway, which has no database, need not load the driver.
  const state = error instanceof Error && 'severity' in error && 'code' in error ? error.code : undefined;
  const known = typeof state === 'string' ? DATABASE_PROBLEMS[state] : undefined;
  return known && new Problem({ ...known, cause: error });
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && ('code' in error || 'validation' in error);
}

function invalid(error: FastifyError): Problem {
  const part = error.validationContext ?? 'request';
  const errors: FieldError[] = (error.validation ?? []).map(({ instancePath, message }) => ({
    in: part,
    field: instancePath,
    message: message ?? 'is not right',
  }));
  return new Problem({
    status: 400, code: 'validation_failed', message: `The ${part} is not as the schema asks.`, hint: 'Correct the fields named in "errors".', errors, cause: error,
  });
}
