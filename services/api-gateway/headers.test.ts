import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { DEADLINE_HEADER, clientAddress, requestHeaders, responseHeaders, setRemaining } from './headers.ts';
import type { Passage } from './headers.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const PASSAGE: Passage = {
  requestId: 'id-1', trace: { traceparent: TRACEPARENT, sampled: false, continued: false }, authorization: undefined, trustedHops: 0, remainingMs: 900,
};

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

function valueOf(flat: string[], name: string): string | undefined {
  return flat[flat.indexOf(name) + 1];
}

const OWN = ['x-request-id', 'traceparent', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', DEADLINE_HEADER];

describe('a request passed on', () => {
  it('loses what belongs to one connection, also what its Connection header names', () => {
    const passed = requestHeaders(request(
      'Connection', 'close, X-Secret', 'X-Secret', '1', 'Keep-Alive', 'timeout=5', 'TE', 'trailers', 'Trailer', 'x', 'Transfer-Encoding', 'chunked', 'Upgrade', 'h2c',
      'Expect', '100-continue', 'Proxy-Authorization', 'Basic x', 'Proxy-Connection', 'keep-alive', 'Accept', '*/*',
    ), PASSAGE);
    expect(names(passed)).toEqual(['accept', ...OWN]);
  });

  it.each(['X-Tenant-Id', 'x-tenant', 'X-TENANT', 'X-Tartware-Tenant-Id', 'x-tartware-role', 'tartware-tenant', 'Tartware-Deadline-Ms', 'X-Real-IP', 'Forwarded', 'traceparent'])('loses the forged header %s', (name) => {
    expect(requestHeaders(request(name, 'evil'), PASSAGE).join()).not.toContain('evil');
  });

  it('carries the authorization that was verified, and no other', () => {
    const passed = requestHeaders(request('Authorization', 'Bearer unverified'), { ...PASSAGE, authorization: 'Bearer verified' });
    expect(passed.filter((part) => part.startsWith('Bearer'))).toEqual(['Bearer verified']);
  });

  it('gets our request id, our trace, what is left of the deadline, and the client appended to where it came from', () => {
    const passed = requestHeaders(request('Host', 'api.example', 'X-Request-Id', 'bad id', 'X-Forwarded-For', '203.0.113.7', 'X-Forwarded-Proto', 'https'), PASSAGE);
    expect(passed).toEqual(['x-request-id', 'id-1', 'traceparent', TRACEPARENT, 'x-forwarded-for', '203.0.113.7, unknown', 'x-forwarded-host', 'api.example', 'x-forwarded-proto', 'http', DEADLINE_HEADER, '900']);
    setRemaining(passed, 20);
    expect(valueOf(passed, DEADLINE_HEADER)).toBe('20');
  });

  it.each([[false, undefined], [true, 'vendor=1']])('keeps tracestate only with the trace that it belongs to (%s)', (continued, expected) => {
    const passed = requestHeaders(request('tracestate', 'vendor=1'), { ...PASSAGE, trace: { ...PASSAGE.trace, continued } });
    expect(passed.includes('tracestate') ? valueOf(passed, 'tracestate') : undefined).toBe(expected);
  });

  it('says https only when a trusted proxy did', () => {
    expect(valueOf(requestHeaders(request('X-Forwarded-Proto', 'https'), { ...PASSAGE, trustedHops: 1 }), 'x-forwarded-proto')).toBe('https');
  });

  it('is judged by the same names however many a client makes up', () => {
    for (let i = 0; i < 2_000; i++) {
      requestHeaders(request(`X-Made-Up-${i}`, '1'), PASSAGE);
    }
    expect(names(requestHeaders(request('x-TENANT-new', '1', 'X-Fine-New', '1'), PASSAGE))).toEqual(['x-fine-new', ...OWN]);
  });
});

describe('where a request came from', () => {
  it.each([
    [0, '6.6.6.6', 'unknown'], [1, '6.6.6.6, 203.0.113.7', '203.0.113.7'], [2, '6.6.6.6, 203.0.113.7, 10.0.0.1', '203.0.113.7'], [3, '203.0.113.7', '203.0.113.7'], [1, '', 'unknown'],
  ])('behind %i proxies, with %j, is %s', (hops, forwardedFor, expected) => {
    expect(clientAddress(request('X-Forwarded-For', forwardedFor), hops)).toBe(expected);
  });
});

describe('an answer passed back', () => {
  it('keeps repeated headers and loses those of the connection', () => {
    const passed = responseHeaders({ 'set-cookie': ['a=1', 'b=2'], connection: 'X-Inner', 'x-inner': '1', 'transfer-encoding': 'chunked', 'x-request-id': 'theirs', etag: '"1"' }, 'id-1', false);
    expect(passed).toEqual(['x-request-id', 'id-1', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'etag', '"1"']);
  });

  it('asks for another connection while draining', () => {
    expect(responseHeaders({}, 'id-1', true)).toEqual(['x-request-id', 'id-1', 'connection', 'close']);
  });
});
