import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../kit/metrics.ts';
import { RouteTable, whatIsWrongWith } from './routes.ts';
import { createUpstream } from './upstream.ts';
import { UPSTREAMS } from './upstreams.ts';

const upstreams = new Map(UPSTREAMS.map(({ name }) => [name, createUpstream(name, 'http://127.0.0.1:1', 1)]));
const table = new RouteTable(upstreams, createMetrics());

describe('a request target', () => {
  it.each([
    ['/v1/rooms', '/v1/rooms'], ['/v1/rooms?x=/v1/auth', '/v1/rooms'], ['/v1/rooms/7/x?y', '/v1/rooms/*'], ['/v1/rooms/', '/v1/rooms/*'], ['/v1/room-types/1', '/v1/room-types/*'],
    ['/v1/auth/sign-in', '/v1/auth/*'], ['/v1/dead-letters', '/v1/dead-letters'],
  ])('%s has the route %s', (target, pattern) => {
    expect(table.find(target)?.pattern).toBe(pattern);
  });

  it.each(['/', '/v1', '/v1/', '/v1//rooms', '/v1/roomsx', '/v1/Rooms', '/v2/rooms', '/internal/rooms', '/v1/internal', '/v1/rooms%2f', '/v1/constructor', '/v1/__proto__', '', '*'])('%j has none', (target) => {
    expect(table.find(target)).toBeUndefined();
  });

  it.each(['/v1/rooms/..', '/v1/rooms/%2e%2E/x', '/v1/rooms/./x', '/v1/rooms\\x', '/v1/rooms/%', '/v1/rooms/%zz', '/v1/rooms/%ff', '/v1/rooms#x', '/v1/rooms/.%2e%2fauth'])('%s is refused', (target) => {
    expect(whatIsWrongWith(target)).toBeDefined();
  });

  it.each(['/v1/rooms/a%2Fb', '/v1/rooms/a.b', '/v1/rooms/...', '/v1/rooms/.hidden', '/v1/rooms?q=../%zz', '/v1/rooms/%C3%BC'])('%s is not', (target) => {
    expect(whatIsWrongWith(target)).toBeUndefined();
  });

  it('that is open here is open however an upstream resolves it', () => {
    const piece = fc.constantFrom('/v1/auth', '/', '..', '.', '%2e', '%2E', '%2f', '%5c', '\\', 'properties', 'v1', '%252e', ';', '?', '#', '//', 'x');
    fc.assert(fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const target = `/v1/auth${pieces.join('')}`;
      if (!table.find(target)?.open || whatIsWrongWith(target) !== undefined) {
        return;
      }
      const decoded = decodeURIComponent(target.split('?')[0] ?? '').replaceAll('\\', '/');
      expect(new URL(`http://x${decoded}`).pathname).toMatch(/^\/v1\/auth(?:$|\/)/);
    }), { numRuns: 20_000 });
  });
});
