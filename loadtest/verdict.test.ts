import { describe, expect, it } from 'vitest';
import type { LoadOptions } from './options.ts';
import { mergeBuckets, percentile } from './percentiles.ts';
import { parseResult } from './result.ts';
import type { GeneratorResult } from './result.ts';
import { tableOf } from './table.ts';
import { judge } from './verdict.ts';

const options: LoadOptions = { rps: 100, durationSeconds: 100, warmupSeconds: 5, users: 100, processes: 1, url: 'http://127.0.0.1:18080', jsonFile: undefined };

/** A run whose answers took these times, in milliseconds by count. */
function run(response: Record<number, number>, parts: Partial<GeneratorResult> & { failures?: number } = {}): GeneratorResult {
  const buckets = new Map(Object.entries(response).map(([middle, count]) => [Number(middle), count]));
  const requests = [...buckets.values()].reduce((sum, count) => sum + count, 0);
  const { failures = 0, ...rest } = parts;

  return {
    engine: 'locust 2.47.0', started: requests, late: 0, dropped: 0, worst_late_ms: 1, cpu: 0.3, errors: [],
    endpoints: [{ name: 'GET /a', requests, failures, slowest_ms: 1, response_ms: buckets, service_ms: buckets }],
    ...rest,
  };
}

describe('percentiles', () => {
  it('are times that the share stayed within', () => {
    const buckets = new Map([[900, 1], [10, 95], [100, 4]]);

    expect([0.5, 0.95, 0.951, 0.99, 0.991, 1].map((share) => percentile(buckets, share))).toEqual([10, 10, 100, 100, 900, 900]);
    expect(percentile(new Map(), 0.5)).toBeUndefined();
  });

  it('of several histograms come from their sum, not from their percentiles', () => {
    expect(percentile(mergeBuckets([new Map([[10, 99], [500, 1]]), new Map([[500, 1]])]), 0.98)).toBe(10);
    expect(mergeBuckets([new Map([[10, 1]]), new Map([[10, 2], [20, 3]])])).toEqual(new Map([[10, 3], [20, 3]]));
  });
});

describe('the verdict', () => {
  it('is a pass within all objectives', () => {
    expect(judge(options, run({ 20: 9600, 440: 301, 880: 99 }))).toMatchObject({ result: 'pass', reasons: [], notes: [], achievedRps: 100, response: { p50: 20, p95: 20, p99: 440 } });
  });

  it.each([
    ['P95', run({ 20: 9499, 451: 501 }), ['P95 is 451 ms, the objective is below 450 ms']],
    ['P95 at its bound', run({ 450: 10_000 }), ['P95 is 450 ms, the objective is below 450 ms']],
    ['P99', run({ 20: 9800, 950: 200 }), ['P99 is 950 ms, the objective is below 900 ms']],
    ['errors', run({ 20: 10_000 }, { failures: 400 }), ['4 % of the requests failed, the objective is below 4 %']],
    ['all', run({ 2000: 10_000 }, { failures: 5000 }), [expect.stringContaining('P95'), expect.stringContaining('P99'), expect.stringContaining('50 %')]],
  ])('is a fail for %s', (_what, result, reasons) => {
    expect(judge(options, result)).toMatchObject({ result: 'fail', reasons });
  });

  it.each([
    ['nothing was sent', run({}), ['no request was made']],
    ['the users were waiting', run({ 20: 9600 }, { dropped: 400 }), ['only 96 % of the load was offered, 97 % are needed', expect.stringContaining('400 requests were given up')]],
    ['the generator was full', run({ 20: 9600 }, { dropped: 400, cpu: 0.97 }), [expect.stringContaining('96 %'), expect.stringContaining('--processes')]],
  ])('is inconclusive, whatever the latency, when %s', (_what, result, reasons) => {
    expect(judge(options, result)).toMatchObject({ result: 'inconclusive', reasons });
    expect(judge(options, { ...result, endpoints: result.endpoints.map((endpoint) => ({ ...endpoint, failures: endpoint.requests })) }).result).toBe('inconclusive');
  });

  it('stands at 97 % of the load', () => {
    expect(judge(options, run({ 20: 9700 }, { dropped: 300 })).result).toBe('pass');
  });

  it('warns of rough percentiles, lateness and a generator that measures itself', () => {
    expect(judge({ rps: 10, durationSeconds: 10 }, run({ 20: 100 }, { late: 2, cpu: 0.95 })).notes).toEqual([
      'P99 of 100 requests is a rough one; 10000 make it firm', expect.stringContaining('2 % of the requests were begun more than 50 ms late'), expect.stringContaining('95 % of its core'),
    ]);
  });
});

describe('the table', () => {
  it('has the figures against the objectives, the endpoints, the errors and the verdict', () => {
    const result = run({ 20: 9499, 451: 501 }, { failures: 1, errors: [{ name: 'GET /a', error: '503 Service Unavailable', occurrences: 1 }] });
    const table = tableOf(options, result, judge(options, result));

    expect(table).toMatch(/P95 +451 ms +< 450 ms/);
    expect(table).toMatch(/requests\/s +100 +100 \(97 % at least\)/);
    expect(table).toMatch(/errors +0.01 % +< 4 %/);
    expect(table).toMatch(/GET \/a +10000 +1 +20 ms +451 ms +451 ms/);
    expect(table).toContain('1 × GET /a: 503 Service Unavailable');
    expect(table.split('\n').at(-1)).toBe('FAIL: P95 is 451 ms, the objective is below 450 ms');
  });

  it('has no figures where nothing was measured', () => {
    const result = run({}, { endpoints: [] });

    expect(tableOf(options, result, judge(options, result))).toMatch(/P95 +n\/a/);
  });
});

describe('the generator\'s result', () => {
  it('is read back, buckets as numbers', () => {
    const text = JSON.stringify({ ...run({}), endpoints: [{ name: 'GET /a', requests: 3, failures: 1, slowest_ms: 9.5, response_ms: { 8.75: 2, 9.5: 1 }, service_ms: {} }] });

    expect(parseResult(text).endpoints).toEqual([{ name: 'GET /a', requests: 3, failures: 1, slowest_ms: 9.5, response_ms: new Map([[8.75, 2], [9.5, 1]]), service_ms: new Map() }]);
  });

  it.each([
    '', '{"started": 1', 'null', '[]', '{}',
    JSON.stringify({ ...run({}), started: 'many' }),
    JSON.stringify({ ...run({}), endpoints: [{}] }),
    JSON.stringify({ ...run({}), endpoints: [{ name: 'a', requests: 1, failures: 0, slowest_ms: 1, response_ms: { slow: 1 }, service_ms: {} }] }),
    JSON.stringify({ ...run({}), errors: ['oops'] }),
  ])('is refused in words: %s', (text) => {
    expect(() => parseResult(text)).toThrow(expect.objectContaining({ code: 'RESULT_MALFORMED', hint: expect.stringContaining('locustfile') }));
  });
});
