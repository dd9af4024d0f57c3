import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Principal } from '../identity/principal.ts';

/**
 * What of a browser's request is passed on. Naming what may pass, not what must not, leaves no spelling of
 * Impersonate-*, Authorization, X-Remote-* or Forwarded to forget; cookies stay here as well, so no upstream sees a session.
 * `Connection` is left out: listing a header in it asks the next hop to drop that header.
 */
const PASSED_ON = [
  'accept', 'accept-encoding', 'accept-language', 'cache-control', 'content-encoding', 'content-length', 'content-type',
  'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since', 'pragma', 'range',
  'sec-websocket-extensions', 'sec-websocket-key', 'sec-websocket-version', 'transfer-encoding', 'user-agent',
] as const;

/** Kubernetes takes a bearer token from here too: it is an Authorization header under another name. */
const TOKEN_PROTOCOL = /^base64url\.bearer\.authorization\.k8s\.io\./i;

export interface ForwardedAs {
  readonly principal: Principal;
  /** Where the browser believes to be, e.g. `/k8s/clusters/local`: Steve puts it before the links it makes. */
  readonly urlPrefix?: string;
  /** The edge's own right to impersonate, when the kubeconfig holds a token instead of a certificate. */
  readonly authorization?: string;
}

/** The headers that go to Steve or the API server instead of the browser's. */
export function forwardedHeaders(incoming: IncomingHttpHeaders, { principal, urlPrefix, authorization }: ForwardedAs): OutgoingHttpHeaders {
  if (principal.user === '') throw new Error('a request without a user is never forwarded: Steve would take it for its administrator');
  const passed = Object.fromEntries(PASSED_ON.flatMap((name) => (incoming[name] === undefined ? [] : [[name, incoming[name]]])));
  const host = incoming.host ?? '';
  return {
    ...passed,
    ...webSocket(incoming),
    host,
    'x-forwarded-host': host,
    'x-forwarded-proto': 'http',
    ...(urlPrefix === undefined ? {} : { 'x-api-url-prefix': urlPrefix }),
    ...(authorization === undefined ? {} : { authorization }),
    'impersonate-user': principal.user,
    'impersonate-group': [...principal.groups],
  };
}

function webSocket(incoming: IncomingHttpHeaders): OutgoingHttpHeaders {
  if (incoming.upgrade?.toLowerCase() !== 'websocket') return {};
  const protocols = (incoming['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const kept = protocols.filter((protocol) => protocol !== '' && !TOKEN_PROTOCOL.test(protocol));
  // The edge has checked the origin; the API server wants one, whoever connects.
  const origin = `http://${incoming.host ?? ''}`;
  return { connection: 'Upgrade', upgrade: 'websocket', origin, ...(kept.length > 0 ? { 'sec-websocket-protocol': kept.join(', ') } : {}) };
}
