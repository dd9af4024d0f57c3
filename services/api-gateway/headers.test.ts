import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { requestHeaders, responseHeaders } from './headers.ts';

function request(...rawHeaders: string[]): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.rawHeaders = rawHeaders;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    message.headers[String(rawHeaders[i]).toLowerCase()] = rawHeaders[i + 1];
  }
  return message;
}

function names(flat: string[]): string[] {
  return flat.filter((_part, index) => index % 2 === 0);
}

const OWN = ['x-request-id', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'];

describe('a request passed on', () => {
  it('loses what belongs to one connection, also what its Connection header names', () => {
    const passed = requestHeaders(request('Connection', 'close, X-Secret', 'X-Secret', '1', 'Keep-Alive', 'timeout=5', 'TE', 'trailers', 'Transfer-Encoding', 'chunked', 'Upgrade', 'h2c', 'Expect', '100-continue', 'Accept', '*/*'), 'id-1');
    expect(names(passed)).toEqual(['accept', ...OWN]);
  });

  it.each(['X-Tenant-Id', 'x-tenant', 'X-TENANT', 'X-Tartware-Tenant-Id', 'x-tartware-role'])('loses the forged header %s', (name) => {
    expect(names(requestHeaders(request(name, 'evil'), 'id-1'))).toEqual(OWN);
  });

  it('gets our request id and the client appended to where it came from', () => {
    const passed = requestHeaders(request('Host', 'api.example', 'X-Request-Id', 'bad id', 'X-Forwarded-For', '203.0.113.7', 'X-Forwarded-Proto', 'gopher'), 'id-1');
    expect(passed).toEqual(['x-request-id', 'id-1', 'x-forwarded-for', '203.0.113.7, unknown', 'x-forwarded-host', 'api.example', 'x-forwarded-proto', 'http']);
  });
});

describe('an answer passed back', () => {
  it('keeps repeated headers and loses those of the connection', () => {
    const passed = responseHeaders(['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Connection', 'X-Inner', 'X-Inner', '1', 'Transfer-Encoding', 'chunked', 'X-Request-Id', 'theirs'].map((part) => Buffer.from(part)));
    expect(passed).toEqual(['set-cookie', 'a=1', 'set-cookie', 'b=2']);
  });
});
