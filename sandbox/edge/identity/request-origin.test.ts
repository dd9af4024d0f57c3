import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { sandboxUsers } from '../../rancher/users.ts';
import { requireCsrfToken, requireSameOrigin } from './request-origin.ts';
import { SessionStore } from './sessions.ts';

const session = new SessionStore(60_000).start(sandboxUsers({ admin: 'a', viewer: 'b' })[0]!);

function request(method: string, url: string, headers: Record<string, string>): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { method, url, headers: { host: '127.0.0.1:8800', ...headers } });
}

describe('the origin of a request', () => {
  it.each([undefined, 'http://127.0.0.1:8800'])('may be %s', (origin) => {
    expect(() => requireSameOrigin(request('GET', '/', origin === undefined ? {} : { origin }))).not.toThrow();
  });

  it.each(['http://evil.example', 'http://127.0.0.1:8801', 'null', 'http://127.0.0.1:8800.evil.example', ''])('must not be %j', (origin) => {
    expect(() => requireSameOrigin(request('GET', '/', { origin }))).toThrow(expect.objectContaining({ status: 403, code: 'InvalidOrigin' }));
  });
});

describe('the CSRF token', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('isn\'t needed for %s', (method) => {
    expect(() => requireCsrfToken(request(method, '/v1/pods', {}), session)).not.toThrow();
  });

  it.each([['POST', '/v1/pods'], ['PUT', '/v1/pods'], ['PATCH', '/v1/pods'], ['DELETE', '/v1/pods'], ['GET', '/v1/pods/a/b?_method=DELETE'], ['GET', '/v1/pods/a/b?x&%5Fmethod=PUT'], ['GET', '/v1/pods/a/b?x#&_method=PUT']])('is needed for %s %s', (method, url) => {
    const refused = expect.objectContaining({ status: 422, code: 'InvalidCSRFToken' });
    expect(() => requireCsrfToken(request(method, url, {}), session)).toThrow(refused);
    expect(() => requireCsrfToken(request(method, url, { 'x-api-csrf': 'x'.repeat(session.csrf.length) }), session)).toThrow(refused);
    expect(() => requireCsrfToken(request(method, url, { 'x-api-csrf': session.csrf }), session)).not.toThrow();
  });
});
