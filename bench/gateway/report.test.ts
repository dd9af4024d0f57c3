import { describe, expect, it } from 'vitest';
import { judge, median, summarize } from './report.ts';
import type { Sample } from './report.ts';

function sample(peer: string, cpuUs: number, kind = 'GET'): Sample {
  return { peer, kind, round: 1, cpuUs, perSecond: 1e6 / cpuUs, busy: 1, p50Ms: 1, p99Ms: 2, rssMb: 100 };
}

describe('medians', () => {
  it.each([[[3, 1, 2], 2], [[4, 1, 3, 2], 2.5], [[7], 7]])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('are made for each proxy and kind apart, the cheapest first', () => {
    const rows = summarize([sample('a', 30), sample('b', 10), sample('a', 20), sample('a', 90), sample('a', 5, 'POST')]);
    expect(rows.map(({ peer, kind, cpuUs, cpuUsMin, cpuUsMax, rounds }) => [peer, kind, cpuUs, cpuUsMin, cpuUsMax, rounds])).toEqual([
      ['b', 'GET', 10, 10, 10, 1], ['a', 'GET', 30, 20, 90, 3], ['a', 'POST', 5, 5, 5, 1],
    ]);
  });
});

describe('goals', () => {
  it('are judged by the ratios of one run', () => {
    const goals = judge(summarize([sample('nginx', 10), sample('bare undici', 20), sample('@fastify/http-proxy', 28), sample('api-gateway', 22)]));
    expect(goals.map(({ value, met }) => [Number(value.toFixed(3)), met])).toEqual([[2.2, true], [1.1, true], [1.273, false]]);
  });

  it('without their peer are left out', () => {
    expect(judge(summarize([sample('api-gateway', 22)]))).toEqual([]);
  });
});
