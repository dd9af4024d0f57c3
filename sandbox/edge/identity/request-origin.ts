import type { IncomingMessage } from 'node:http';
import { timingSafeEqual } from 'node:crypto';
import { EdgeError } from '../errors.ts';
import type { Session } from './sessions.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a request that a page of another origin sent: browsers name the origin on every WebSocket and every change.
 * @throws EdgeError 403 InvalidOrigin
 */
export function requireSameOrigin({ headers }: IncomingMessage): void {
  if (headers.origin === undefined) return;
  if (URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host) return;
  throw new EdgeError(403, 'InvalidOrigin', `requests from ${headers.origin} are refused`, `open the dashboard at http://${headers.host}/dashboard/`);
}

/**
 * Refuses a change whose sender could not read the CSRF cookie.
 * @throws EdgeError 422 InvalidCSRFToken, as Rancher names it
 */
export function requireCsrfToken(request: IncomingMessage, session: Session): void {
  if (!isChange(request)) return;
  const token = request.headers['x-api-csrf'];
  if (typeof token === 'string' && sameText(token, session.csrf)) return;
  throw new EdgeError(422, 'InvalidCSRFToken', 'Invalid CSRF token', 'send the value of the cookie CSRF in the header X-API-CSRF');
}

/** Steve takes its method from the query parameter `_method` when there is one, even on a GET. */
function isChange({ method = 'GET', url = '/' }: IncomingMessage): boolean {
  // Everything after the first question mark: Go reads it so, while the class URL would stop at a '#'.
  const query = url.slice(url.indexOf('?') + 1);
  return !SAFE_METHODS.has(method) || new URLSearchParams(query).has('_method');
}

function sameText(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
