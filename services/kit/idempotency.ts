/**
 * A request that is sent again has its effect once (as draft-ietf-httpapi-idempotency-key-header asks). The answer is kept in the transaction that
 * has the effect, so there is no moment at which a crash leaves one without the other.
 */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { claimsOf } from './authenticate.ts';
import type { Database, Statement, Transaction } from './database.ts';
import { Problem } from './errors.ts';

export const IDEMPOTENCY_HEADER = 'idempotency-key';
/** Marks an answer that had been given before. */
export const REPLAYED_HEADER = 'idempotent-replayed';
/** Kept at least this long. */
export const KEPT_HOURS = 48;

export interface Answer {
  /** 200 to 399: what fails is thrown, has no effect and is not kept. */
  status: number;
  /** As the route's schema has it; undefined for none. */
  body?: unknown;
  /** Such as `location`. */
  headers?: Readonly<Record<string, string>>;
  /** Runs after the commit and before the answer is sent, such as dropping what is cached; not when the answer is given again. */
  committed?: () => Promise<void>;
}

export interface IdempotencyOptions {
  /** Whether a request without a key is refused; without one it has its effect each time it is sent. As the route's `config.idempotencyKey` says unless told. */
  required?: boolean;
}

const KEY = /^[\x21-\x7e]{8,128}$/;

const LOCK: Statement = {
  operation: 'idempotency.lock',
  text: 'select pg_try_advisory_xact_lock(hashtextextended(current_schema() || \'/\' || current_tenant() || \'/\' || $1, 0)) as locked',
};
const FIND: Statement = {
  operation: 'idempotency.find',
  text: 'select encode(request_hash, \'hex\') as request_hash, status, body, headers from idempotency_keys where tenant_id = current_tenant() and key = $1',
};
const KEEP: Statement = {
  operation: 'idempotency.keep',
  text: 'insert into idempotency_keys (tenant_id, key, request_hash, status, body, headers) values (current_tenant(), $1, decode($2, \'hex\'), $3, $4, $5)',
};

interface Kept {
  request_hash: string;
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

/**
 * Answers a request that changes something. `work` does it in one transaction of the token's tenant and says what is answered; for a request that was
 * answered before, nothing is done and the same is answered again.
 *
 * @throws Problem 400 when the key is malformed or missing though `required`, 409 while the first request still runs, 422 when the key was used for
 *   another request; what `work` throws
 */
export async function idempotent(
  database: Database, request: FastifyRequest, reply: FastifyReply, work: (transaction: Transaction) => Promise<Answer>, options: IdempotencyOptions = {},
): Promise<void> {
  const key = idempotencyKey(request, { required: request.routeOptions.config.idempotencyKey === 'required', ...options });
  const { tenant_id } = claimsOf(request);
  const { replayed, answer } = await database.withTenant(tenant_id, async (transaction) => {
    if (key === undefined) return { replayed: false, answer: await work(transaction) };
    const hash = requestHash(request);
    const kept = await findAnswer(transaction, key, hash);
    if (kept) return { replayed: true, answer: kept };
    const answer = await work(transaction);
    await keepAnswer(transaction, key, hash, answer);
    return { replayed: false, answer };
  });
  if (!replayed) await answer.committed?.();
  reply.code(answer.status).headers(answer.headers ?? {});
  if (replayed) reply.header(REPLAYED_HEADER, 'true');
  await reply.send(answer.body);
}

/**
 * For operations over several transactions: takes the key until the transaction ends.
 * @param hash of `requestHash`
 * @returns the answer that was kept; @throws Problem 409 while another transaction has the key, 422 when it was kept for another request
 */
export async function findAnswer(transaction: Transaction, key: string, hash: string): Promise<Answer | undefined> {
  // Two statements, sent at once: what the last holder of the lock committed is in sight only of one that begins after the lock was taken.
  const [[lock], [kept]] = await Promise.all([transaction.query<{ locked: boolean }>(LOCK, [key]), transaction.query<Kept>(FIND, [key])]);
  if (lock?.locked !== true) {
    throw new Problem({
      status: 409, code: 'request_in_progress', message: 'The first request with this idempotency key is still being worked on.', hint: 'Send it again in a moment.', headers: { 'retry-after': '1' },
    });
  }
  if (kept && kept.request_hash !== hash) {
    throw new Problem({
      status: 422, code: 'idempotency_key_reused', message: 'This idempotency key was used for another request.', hint: 'Make a new key for each request; send a key again only with the very same request.',
    });
  }
  return kept && { status: kept.status, body: kept.body ?? undefined, headers: kept.headers };
}

/** For operations over several transactions: in the one that has the effect, after `findAnswer` in the same. */
export async function keepAnswer(transaction: Transaction, key: string, hash: string, { status, body, headers = {} }: Answer): Promise<void> {
  if (status >= 400) throw new Error(`An answer of ${status} is not kept: throw a Problem, so that nothing of it stays.`);
  await transaction.query(KEEP, [key, hash, status, body === undefined ? null : JSON.stringify(body), JSON.stringify(headers)]);
}

/** @returns the request's key, or nothing. @throws Problem 400 when it is malformed, or missing though `required` */
export function idempotencyKey(request: Pick<FastifyRequest, 'headers'>, options: { required: true }): string;
export function idempotencyKey(request: Pick<FastifyRequest, 'headers'>, options?: IdempotencyOptions): string | undefined;
export function idempotencyKey(request: Pick<FastifyRequest, 'headers'>, { required = false }: IdempotencyOptions = {}): string | undefined {
  const key = request.headers[IDEMPOTENCY_HEADER];
  if (key === undefined) {
    if (!required) return undefined;
    throw new Problem({
      status: 400, code: 'idempotency_key_missing', message: 'This request needs an idempotency key.', hint: 'Send "idempotency-key" with a value of its own, such as a UUID, and the same again when you send the request again.',
    });
  }
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new Problem({ status: 400, code: 'idempotency_key_malformed', message: 'The idempotency key is not right.', hint: 'Send 8 to 128 printable ASCII characters without blanks, such as a UUID.' });
  }
  return key;
}

/** @returns SHA-256 of method, address and body as hexadecimal digits; the order of a body's members does not matter */
export function requestHash(request: Pick<FastifyRequest, 'method' | 'url' | 'body'>): string {
  return createHash('sha256').update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null, sorted)}`).digest('hex');
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
