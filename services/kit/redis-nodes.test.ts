import { describe, expect, it } from 'vitest';
import { redisNodeDefaults } from './redis-nodes.ts';

describe('what holds for nodes that a client of Redis learns of', () => {
  it.each([
    [['redis://redis-0:6379', 'redis://redis-1:6379'], { tls: false }],
    [['redis://:p%40ss@redis-0:6379'], { password: 'p@ss', tls: false }],
    [['rediss://tartware:pass@redis-0:6379'], { username: 'tartware', password: 'pass', tls: true }],
    [[], { tls: false }],
  ])('%j', (urls, expected) => {
    expect(redisNodeDefaults(urls)).toEqual(expected);
  });
});
