/** Calls between services, never through the gateway: with a token of the calling service for one tenant, within the request's deadline. */
import { Value } from '@sinclair/typebox/value';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Dispatcher, Pool } from 'undici';
import { Problem, unavailable } from './errors.ts';
import { IDEMPOTENCY_HEADER } from './idempotency.ts';
import { DEADLINE_HEADER, requestContext } from './request-context.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';
import { createServiceTokens } from './service-tokens.ts';
import type { ServiceTokens } from './service-tokens.ts';

export interface ServiceCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/internal/rooms/0199…?property_id=…`: encode what comes from elsewhere. */
  path: string;
  tenantId: string;
  /** Id of the user who asked for it: stands in what the callee writes down. This service itself unless told. */
  onBehalfOf?: string;
  /** Sent as JSON. */
  body?: object;
  /** Makes a POST or PATCH safe to send again. */
  idempotencyKey?: string;
  /** The version that is changed, as `if-match` wants it. */
  ifMatch?: string;
  signal?: AbortSignal;
}

export interface ServiceClient {
  /**
   * @returns the body of a 2xx answer, undefined for none; nobody checks that it is an `Answer`: both sides keep to docs/services.md
   * @throws the callee's `Problem`; Problem 503 `<service>_unavailable` when it cannot be reached, is too late or refuses this service's token
   */
  call: <Answer = unknown>(call: ServiceCall) => Promise<Answer>;
}

export interface ServiceClientsOptions {
  /** Of the calling service, as core knows it. */
  name: string;
  secret: string;
  /** Base addresses by service; `core` among them, which gives the tokens. */
  urls: Readonly<Record<string, string>> & { core: string };
}

export interface ServiceClients {
  clients: Readonly<Record<string, ServiceClient>>;
  close: () => Promise<void>;
}

/** A call within a request that has no deadline of its own, and each call of a job. */
const DEADLINE_MS = 5_000;
const CONNECTIONS = 32;
const CONNECT_TIMEOUT_MS = 1_000;
/** Shorter than the 72 s after which our servers close an idle connection: the side that sends must not be surprised. */
const KEEP_ALIVE_MS = 60_000;

const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE']);
/** The callee did not take the request, or nobody knows whether it did. */
const CONNECTION_ERRORS: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT']);

export function createServiceClients({ name, secret, urls }: ServiceClientsOptions): ServiceClients {
  const pools = new Map<string, Promise<Pool>>();
  const send: Send = async (service, options) => {
    const pool = pools.get(service) ?? openPool(urls[service] ?? '');
    pools.set(service, pool);
    return (await pool).request(options);
  };
  const tokens = createServiceTokens(name, secret, async (request) => read(await onceMore(() => send('core', request))));
  const clients = Object.fromEntries(Object.keys(urls).map((service) => [service, { call: (call) => callService(service, call, { send, tokens }) } satisfies ServiceClient]));
  return {
    clients,
    async close() {
      await Promise.all([...pools.values()].map(async (pool) => (await pool).close()));
    },
  };
}

type Send = (service: string, options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData>;

async function openPool(url: string): Promise<Pool> {
  // Loaded with the first call: 14 MB that a service which calls nobody need not have.
  const undici = await import('undici');
  return new undici.Pool(url, { connections: CONNECTIONS, connect: { timeout: CONNECT_TIMEOUT_MS }, keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: 0, bodyTimeout: 0 });
}

interface Means {
  send: Send;
  tokens: ServiceTokens;
}

async function callService<Answer>(service: string, call: ServiceCall, means: Means): Promise<Answer> {
  const deadline = Math.min(requestContext()?.deadline ?? Infinity, performance.now() + DEADLINE_MS);
  const left = Math.floor(deadline - performance.now());
  if (left <= 0) throw unavailableService(service, new Error('the deadline of the request has passed'));
  const timeout = AbortSignal.timeout(left);
  const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
  try {
    const { status, body } = await attempt(service, call, { ...means, signal, deadline });
    if (status < 400) return body as Answer;
    throw problemOf(service, status, body);
  } catch (error) {
    if (error instanceof Problem || (call.signal?.aborted === true && !timeout.aborted)) throw error;
    throw unavailableService(service, error);
  }
}

interface Attempt extends Means {
  signal: AbortSignal;
  deadline: number;
}

interface Received {
  status: number;
  body: unknown;
}

/** Once more on a new connection when the first broke, and once more with a new token when core's keys have changed. */
async function attempt(service: string, call: ServiceCall, { send, tokens, signal, deadline }: Attempt): Promise<Received> {
  const again = IDEMPOTENT_METHODS.has(call.method) || call.idempotencyKey !== undefined;
  const once = async (): Promise<Received> => {
    const token = await tokens.get(call);
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    return read(await send(service, { method: call.method, path: call.path, body, signal, headers: headersOf(call, token, deadline) }));
  };
  const first = await (again ? onceMore(once) : once());
  if (first.status !== 401) return first;
  tokens.forget(call);
  return once();
}

/** A connection that the callee closed while the request was on its way, or a pod that just went, is no reason to fail. */
async function onceMore<Result>(send: () => Promise<Result>): Promise<Result> {
  try {
    return await send();
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    return send();
  }
}

function headersOf(call: ServiceCall, token: string, deadline: number): Record<string, string> {
  const context = requestContext();
  return {
    'authorization': `Bearer ${token}`,
    'accept': 'application/json',
    [DEADLINE_HEADER]: String(Math.max(1, Math.floor(deadline - performance.now()))),
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.idempotencyKey === undefined ? {} : { [IDEMPOTENCY_HEADER]: call.idempotencyKey }),
    ...(call.ifMatch === undefined ? {} : { 'if-match': call.ifMatch }),
    ...(context === undefined ? {} : { [REQUEST_ID_HEADER]: context.requestId }),
    ...(context?.traceparent === undefined ? {} : { traceparent: context.traceparent }),
  };
}

async function read({ statusCode, body }: Dispatcher.ResponseData): Promise<Received> {
  const text = await body.text();
  return { status: statusCode, body: text === '' ? undefined : JSON.parse(text) };
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CONNECTION_ERRORS.has(error.code);
}

const Received = Type.Object({
  code: Type.String(),
  detail: Type.String(),
  hint: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ in: Type.String(), field: Type.String(), message: Type.String() }))),
});

function problemOf(service: string, status: number, body: unknown): Problem {
  // That this service may not do something is no fault of the client, whose token is another one.
  if (status === 401 || status === 403 || !Value.Check(Received, body)) {
    return unavailableService(service, new Error(`it answered ${status} ${codeIn(body)}`));
  }
  const { code, detail, hint, errors }: Static<typeof Received> = body;
  return new Problem({ status, code, message: detail, hint, ...(errors === undefined ? {} : { errors }), ...(status === 503 ? { headers: { 'retry-after': '1' } } : {}) });
}

function codeIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
}

function unavailableService(service: string, cause: unknown): Problem {
  return unavailable(`${service.replaceAll('-', '_')}_unavailable`, `The service ${service} does not answer now.`, cause);
}
