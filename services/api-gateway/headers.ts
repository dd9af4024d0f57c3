/** What is passed on of a request's and an answer's headers. Lists are flat: name, value, name, value, as Node and undici take them. */
import type { IncomingMessage } from 'node:http';
import { REQUEST_ID_HEADER } from '@tartware/kit';
import type { TraceContext } from './trace-context.ts';

export const DEADLINE_HEADER = 'tartware-deadline-ms';

/** RFC 9110 7.6.1 and its forerunners: these speak of one connection, not of the message. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** Set here anew, or, like `expect`, already answered here. */
const REPLACED = ['host', 'expect', 'authorization', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-real-ip', 'traceparent', REQUEST_ID_HEADER];

/** The tenant comes from the token alone; whoever sends one of these hopes that a service believes it. */
const FORGED_PREFIXES = ['x-tenant', 'x-tartware-', 'tartware-'];

const NOT_PASSED = new Set([...HOP_BY_HOP, ...REPLACED]);
const NOT_PASSED_BACK = new Set([...HOP_BY_HOP, REQUEST_ID_HEADER]);

const DROP = '';
/** Spellings seen, with the name to pass on. Clients use few, so each is looked at once; a client that makes them up fills it and changes nothing. */
const KNOWN_SPELLINGS = 500;
const spellings = new Map<string, string>();

function nameToPassOn(spelling: string): string {
  let name = spellings.get(spelling);
  if (name === undefined) {
    const lower = spelling.toLowerCase();
    name = NOT_PASSED.has(lower) || FORGED_PREFIXES.some((prefix) => lower.startsWith(prefix)) ? DROP : lower;
    if (spellings.size < KNOWN_SPELLINGS) {
      spellings.set(spelling, name);
    }
  }
  return name;
}

export interface Passage {
  requestId: string;
  trace: TraceContext;
  /** As it was verified; undefined where none is needed. */
  authorization: string | undefined;
  /** Proxies before this gateway whose word is taken for where a request came from. */
  trustedHops: number;
  /** What is left of the deadline, ms. */
  remainingMs: number;
}

/** @returns headers for the upstream; the last one is the deadline, see `setRemaining` */
export function requestHeaders(request: IncomingMessage, { requestId, trace, authorization, trustedHops, remainingMs }: Passage): string[] {
  const { rawHeaders, headers } = request;
  const named = namedByConnection(headers.connection);
  const passed: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = nameToPassOn(rawHeaders[i] ?? '');
    if (name !== DROP && (named === undefined || !named.has(name)) && (name !== 'tracestate' || trace.continued)) {
      passed.push(name, rawHeaders[i + 1] ?? '');
    }
  }
  if (authorization !== undefined) {
    passed.push('authorization', authorization);
  }
  const client = request.socket.remoteAddress ?? 'unknown';
  const before = headers['x-forwarded-for'];
  passed.push(
    REQUEST_ID_HEADER, requestId, 'traceparent', trace.traceparent,
    'x-forwarded-for', before === undefined ? client : `${String(before)}, ${client}`,
    'x-forwarded-host', headers.host ?? '', 'x-forwarded-proto', protocolOf(request, trustedHops), DEADLINE_HEADER, String(remainingMs),
  );
  return passed;
}

/** For another attempt with the same headers. */
export function setRemaining(passed: string[], remainingMs: number): void {
  passed[passed.length - 1] = String(remainingMs);
}

/**
 * Where a request came from, for limits: the address that the outermost trusted proxy saw.
 * What stands further left in `x-forwarded-for` was sent by the client and may say anything.
 */
export function clientAddress(request: IncomingMessage, trustedHops: number): string {
  const direct = request.socket.remoteAddress ?? 'unknown';
  if (trustedHops === 0) {
    return direct;
  }
  const hops = String(request.headers['x-forwarded-for'] ?? '').split(',').map((hop) => hop.trim()).filter((hop) => hop !== '');
  return hops.at(-Math.min(trustedHops, hops.length)) ?? direct;
}

/** Connections to a gateway are plain; only a proxy before it can know of TLS. */
function protocolOf(request: IncomingMessage, trustedHops: number): string {
  return trustedHops > 0 && request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
}

/** @param headers as undici gives them, names in lower case; @param closing whether the client should open another connection next time */
export function responseHeaders(headers: Readonly<Record<string, string | string[] | undefined>>, requestId: string, closing: boolean): string[] {
  const named = namedByConnection(headers['connection']);
  const passed = [REQUEST_ID_HEADER, requestId];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || NOT_PASSED_BACK.has(name) || named?.has(name)) {
      continue;
    }
    if (typeof value === 'string') {
      passed.push(name, value);
    } else {
      value.forEach((one) => passed.push(name, one));
    }
  }
  if (closing) {
    passed.push('connection', 'close');
  }
  return passed;
}

/** `Connection: close, x-secret` makes x-secret a header of this connection only. Almost every message has none or one plain word. */
function namedByConnection(value: string | string[] | undefined): Set<string> | undefined {
  if (value === undefined || value === 'keep-alive' || value === 'close') {
    return undefined;
  }
  return new Set(String(value).split(',').map((name) => name.trim().toLowerCase()));
}
