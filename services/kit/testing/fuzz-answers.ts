/** What every answer must be, whatever was asked. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonSchema, Operation } from '../openapi.ts';
import { isLocalDate } from '../dates.ts';

export interface Asked {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

export interface Answered {
  status: number;
  headers: Headers;
  body: string;
}

const ajv = new Ajv2020({ strict: false, allErrors: false, logger: false });
addFormats.default(ajv, ['uuid', 'email', 'date-time']);
ajv.addFormat('date', isLocalDate);
ajv.addFormat('currency', (text: string) => new Set(Intl.supportedValuesOf('currency')).has(text));
ajv.addFormat('time-zone', true);

const compiled = new WeakMap<object, ValidateFunction>();

/** Formats beyond those above are not checked. */
export function fits(schema: JsonSchema, value: unknown): boolean {
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  return validate(value);
}

/** What leaks when a database or a stack trace shows through. */
const INSIDE = /syntax error at|violates .* constraint|row-level security|invalid input syntax|SQLSTATE|\bat (?:async )?[\w.<>]+ \(|node_modules|pg_catalog|ECONNREFUSED/i;

/** @returns what is wrong with the answer; nothing when all is as it must be */
export function faultOf(operation: Operation, answer: Answered): string | undefined {
  if (answer.status >= 500) return `answered ${answer.status}: ${answer.body}`;
  if (INSIDE.test(answer.body)) return `shows its inside: ${answer.body}`;
  if (!/^[\w.-]{1,64}$/.test(answer.headers.get('x-request-id') ?? '')) return 'has no x-request-id';
  return answer.status >= 400 ? faultOfProblem(answer) : faultOfSuccess(operation, answer);
}

function faultOfProblem({ status, headers, body }: Answered): string | undefined {
  if (!headers.get('content-type')?.startsWith('application/problem+json')) return `answered ${status} that is no problem+json: ${body}`;
  const { code, hint, request_id, status: said } = JSON.parse(body) as Record<string, unknown>;
  const right = typeof code === 'string' && /^[a-z][a-z0-9_]+$/.test(code) && typeof hint === 'string' && hint.length > 5 && typeof request_id === 'string' && said === status;
  return right ? undefined : `answered a problem without code, hint, request_id or status: ${body}`;
}

function faultOfSuccess({ responses }: Operation, { status, body }: Answered): string | undefined {
  const described = responses[String(status)] ?? responses['2XX'];
  if (status !== 304 && described === undefined) return `answered ${status}, which is not described`;
  const schema = contentOf(described);
  if (body === '' || schema === undefined) return undefined;
  return fits(schema, JSON.parse(body)) ? undefined : `answered ${status} with what its schema does not take: ${body}`;
}

function contentOf(response: unknown): JsonSchema | undefined {
  const content = (response as { content?: Record<string, { schema: JsonSchema }> } | undefined)?.content;
  return content?.['application/json']?.schema;
}

/** @returns the code of a problem, or nothing */
export function codeOf({ body }: Answered): string | undefined {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
