import { describe, expect, it } from 'vitest';
import { createTracing } from './trace-context.ts';

const GIVEN = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a request without a trace', () => {
  it('starts one of its own each time', () => {
    const trace = createTracing(0);
    const all = Array.from({ length: 1_100 }, () => trace(undefined));
    expect(new Set(all.map(({ traceparent }) => traceparent)).size).toBe(1_100);
    expect(all.every(({ traceparent, continued }) => /^00-[\da-f]{32}-[\da-f]{16}-00$/.test(traceparent) && !continued)).toBe(true);
  });

  it('is recorded in the share asked for', () => {
    const trace = createTracing(0.25);
    const sampled = Array.from({ length: 20_000 }, () => trace(undefined)).filter((context) => context.sampled).length;
    expect(sampled / 20_000).toBeGreaterThan(0.22);
    expect(sampled / 20_000).toBeLessThan(0.28);
  });
});

describe('a request with a trace', () => {
  it('stays in it, under a new parent', () => {
    const { traceparent, continued } = createTracing(1)(GIVEN);
    expect(traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-01$/);
    expect([continued, traceparent.includes('b7ad6b7169203331')]).toEqual([true, false]);
  });

  it('does not decide for us whether it is recorded', () => {
    expect(createTracing(0)(GIVEN)).toMatchObject({ sampled: false, traceparent: expect.stringMatching(/-00$/) });
  });

  it.each([
    '', 'rubbish', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01', '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', `${GIVEN}-more`, `${GIVEN}\r\nx: y`,
  ])('that is malformed (%j) gets a new one', (given) => {
    expect(createTracing(1)(given)).toMatchObject({ continued: false, traceparent: expect.not.stringContaining('0af7651916cd43dd8448eb211c80319c') });
  });

  it('of a later version is understood as far as we know it', () => {
    expect(createTracing(1)(`01${GIVEN.slice(2)}-more`).continued).toBe(true);
  });
});
