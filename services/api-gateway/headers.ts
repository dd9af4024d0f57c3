/** What is passed on of a request's and an answer's headers. Lists are flat: name, value, name, value, as Node and undici give and take them. */
import type { IncomingMessage } from 'node:http';
import { REQUEST_ID_HEADER } from '@tartware/kit';

/** RFC 9110 7.6.1 and its forerunners: these speak of one connection, not of the message. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Set here anew, or, like `expect`, already answered here. */
const REPLACED = new Set(['host', 'expect', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', REQUEST_ID_HEADER]);

/** The tenant comes from the token alone; whoever sends one of these hopes that a service believes it. */
const FORGED_PREFIXES = ['x-tenant', 'x-tartware-'];

export function requestHeaders(request: IncomingMessage, requestId: string): string[] {
  const named = namedByConnection(request.headers.connection);
  const passed: string[] = [];
  const { rawHeaders } = request;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (!HOP_BY_HOP.has(name) && !REPLACED.has(name) && !named?.has(name) && !FORGED_PREFIXES.some((prefix) => name.startsWith(prefix))) {
      passed.push(name, rawHeaders[i + 1] ?? '');
    }
  }
  const before = request.headers['x-forwarded-for'];
  const client = request.socket.remoteAddress ?? 'unknown';
  passed.push(REQUEST_ID_HEADER, requestId, 'x-forwarded-for', before === undefined ? client : `${String(before)}, ${client}`);
  passed.push('x-forwarded-host', request.headers.host ?? '', 'x-forwarded-proto', 'http');
  return passed;
}

/** @param rawHeaders flat list as undici gives it */
export function responseHeaders(rawHeaders: readonly (Buffer | string)[]): string[] {
  const all = rawHeaders.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
  const connection = all.findIndex((part, index) => index % 2 === 0 && part.toLowerCase() === 'connection');
  const named = namedByConnection(connection === -1 ? undefined : all[connection + 1]);
  const passed: string[] = [];
  for (let i = 0; i + 1 < all.length; i += 2) {
    const name = (all[i] ?? '').toLowerCase();
    if (!HOP_BY_HOP.has(name) && !named?.has(name) && name !== REQUEST_ID_HEADER) {
      passed.push(name, all[i + 1] ?? '');
    }
  }
  return passed;
}

/** `Connection: close, x-secret` makes x-secret a header of this connection only. Almost every request has none or one plain word. */
function namedByConnection(value: string | undefined): Set<string> | undefined {
  if (value === undefined || value === 'keep-alive' || value === 'close') {
    return undefined;
  }
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()));
}
