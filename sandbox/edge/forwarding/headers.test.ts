import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { forwardedHeaders } from './headers.ts';

const principal = { user: 'user-viewer', groups: ['system:authenticated', 'system:cattle:authenticated'] };
const from = (headers: IncomingHttpHeaders) => forwardedHeaders({ host: '127.0.0.1:8800', ...headers }, { principal });

describe('headers that are passed on', () => {
  it('impersonate the session\'s user with one line per group', () => {
    const headers = from({});
    expect(headers['impersonate-user']).toBe('user-viewer');
    expect(headers['impersonate-group']).toEqual(['system:authenticated', 'system:cattle:authenticated']);
  });

  it.each([
    'impersonate-user', 'impersonate-group', 'impersonate-uid', 'impersonate-extra-scopes', 'impersonate_user', 'x-impersonate-user',
    'authorization', 'proxy-authorization', 'cookie', 'x-remote-user', 'x-remote-group', 'x-remote-extra-scopes', 'x_remote_user',
    'x-api-host', 'x-api-url-prefix', 'x-forwarded-user', 'x-forwarded-for', 'forwarded', 'x-http-method-override', 'x-api-csrf',
  ])('never carry the browser\'s own %s', (name) => {
    expect(JSON.stringify(from({ [name]: 'smuggled' }))).not.toContain('smuggled');
  });

  it('name the edge itself as the forwarding host, whatever the browser says', () => {
    expect(from({ 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' })).toMatchObject({ 'x-forwarded-host': '127.0.0.1:8800', 'x-forwarded-proto': 'http' });
  });

  it('leave out Connection, which would tell the next hop to drop a header', () => {
    expect(from({ connection: 'close, Impersonate-User, Impersonate-Group' })).not.toHaveProperty('connection');
    expect(from({ connection: 'Upgrade, Impersonate-User', upgrade: 'websocket' }).connection).toBe('Upgrade');
  });

  it('give a WebSocket the edge\'s own origin, which has been checked by then', () => {
    expect(from({ upgrade: 'websocket', origin: 'http://evil.example' }).origin).toBe('http://127.0.0.1:8800');
    expect(from({ origin: 'http://127.0.0.1:8800' })).not.toHaveProperty('origin');
  });

  it('drop a bearer token that is dressed as a WebSocket subprotocol', () => {
    const upgrade = { upgrade: 'websocket', 'sec-websocket-protocol': 'base64url.bearer.authorization.k8s.io.c211Z2dsZWQ, v5.channel.k8s.io' };
    expect(from(upgrade)['sec-websocket-protocol']).toBe('v5.channel.k8s.io');
    expect(from({ upgrade: 'websocket', 'sec-websocket-protocol': 'Base64URL.Bearer.Authorization.k8s.io.c211Z2dsZWQ' })).not.toHaveProperty('sec-websocket-protocol');
  });

  it('carry what a request means: body, patch type, preconditions', () => {
    const meaning = { 'content-type': 'application/json-patch+json', 'content-length': '12', 'if-none-match': '"a"', accept: 'application/json' };
    expect(from(meaning)).toMatchObject(meaning);
  });

  it('don\'t turn an upgrade to anything but a WebSocket into one', () => {
    expect(from({ connection: 'Upgrade', upgrade: 'SPDY/3.1' })).not.toHaveProperty('upgrade');
  });

  it('are refused without a user, whom Steve would take for its administrator', () => {
    expect(() => forwardedHeaders({}, { principal: { user: '', groups: [] } })).toThrow('never forwarded');
  });

  it('tell Steve where the browser believes to be', () => {
    expect(forwardedHeaders({}, { principal, urlPrefix: '/k8s/clusters/local' })['x-api-url-prefix']).toBe('/k8s/clusters/local');
  });
});
