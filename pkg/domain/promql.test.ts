import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TartwareError } from './errors.ts';
import { escapePattern, escapeString, histogramQuantile, MOST_POINTS, rangeStep, rate, rateWindow, ratio, select, sumBy } from './promql.ts';
import type { Matcher } from './promql.ts';

/** Reads a quoted string as Prometheus does, and says what stands behind it. */
function unquoted(text: string): { value: string; rest: string } {
  const match = /^"((?:[^"\\\n]|\\[\\"n])*)"/.exec(text);

  if (!match) throw new Error(`no string: ${ text }`);

  return { value: (match[1] ?? '').replace(/\\(.)/g, (_whole, escaped: string) => (escaped === 'n' ? '\n' : escaped)), rest: text.slice(match[0].length) };
}

/** Text with many of the characters that could break out of a string. */
const hostile = fc.string({ unit: fc.constantFrom('"', '\\', '\n', '}', ')', '|', '.', '*', '[', '#', 'a', 'é', '😀', '\u0000') });

describe('a selector', () => {
  it.each<[Matcher[], string]>([
    [[], 'up'],
    [[{ label: 'job', is: 'equal', value: 'core' }], 'up{job="core"}'],
    [[{ label: 'job', is: 'notEqual', value: '' }, { label: 'code', is: 'matches', value: '5..' }], 'up{job!="",code=~"5.."}'],
    [[{ label: 'job', is: 'oneOf', value: ['a.b', 'c'] }], 'up{job=~"a\\\\.b|c"}'],
    [[{ label: 'job', is: 'noneOf', value: ['a'] }], 'up{job!~"a"}'],
    [[{ label: 'job', is: 'equal', value: 'a"} or vector(1) #' }], 'up{job="a\\"} or vector(1) #"}'],
    [[{ label: 'job', is: 'equal', value: 'a\nb\\' }], 'up{job="a\\nb\\\\"}'],
  ])('of %j', (matchers, promql) => {
    expect(select('up', matchers).promql).toBe(promql);
  });

  it('lets no value out of its string', () => {
    fc.assert(fc.property(hostile, (value) => {
      const { promql } = select('up', [{ label: 'job', is: 'equal', value }]);

      expect(unquoted(promql.slice('up{job='.length))).toEqual({ value, rest: '}' });
      expect(unquoted(`"${ escapeString(value) }"`)).toEqual({ value, rest: '' });
    }));
  });

  it('takes the values of oneOf as they are, whatever they mean in a pattern', () => {
    fc.assert(fc.property(hostile, hostile, (value, other) => {
      const pattern = new RegExp(`^(?:${ escapePattern(value) })$`, 'u');

      expect(pattern.test(value)).toBe(true);
      expect(pattern.test(other)).toBe(other === value);
    }));
  });

  it.each(['', '1up', 'up{}', 'up\n', 'a-b', 'ü', 'up or vector(1)'])('refuses the name %j', (name) => {
    const refusal = expect.objectContaining({ code: 'PROMQL_NAME_INVALID', hint: expect.stringContaining('letters') });

    expect(() => select(name)).toThrow(refusal);
    expect(() => select('up', [{ label: name, is: 'equal', value: '' }])).toThrow(refusal);
    expect(() => sumBy([name], select('up'))).toThrow(refusal);
  });

  it('has colons in names of metrics only', () => {
    expect(select('job:up:sum').promql).toBe('job:up:sum');
    expect(() => sumBy(['a:b'], select('up'))).toThrow(TartwareError);
  });

  it('is not made for one of no values, which would match every series without the label', () => {
    expect(() => select('up', [{ label: 'job', is: 'oneOf', value: [] }])).toThrow(expect.objectContaining({ code: 'PROMQL_MATCHER_EMPTY' }));
  });
});

describe('functions of PromQL', () => {
  it('nest', () => {
    expect(histogramQuantile(0.95, sumBy(['le'], rate(select('x_bucket'), 120))).promql).toBe('histogram_quantile(0.95, sum by (le) (rate(x_bucket[120s])))');
    expect(ratio(sumBy([], select('a')), sumBy([], select('b'))).promql).toBe('(sum(a) or 0 * sum(b)) / (sum(b) > 0)');
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuse a window of %d s', (seconds) => {
    expect(() => rate(select('x'), seconds)).toThrow(expect.objectContaining({ code: 'PROMQL_DURATION_INVALID' }));
  });

  it.each([0, 1, -0.5, 95, Number.NaN])('refuse the quantile %d', (quantile) => {
    expect(() => histogramQuantile(quantile, select('x'))).toThrow(expect.objectContaining({ code: 'PROMQL_QUANTILE_INVALID' }));
  });
});

describe('the window of a rate', () => {
  it.each([[5, 0, 20], [30, 0, 120], [30, 15, 120], [30, 300, 330], [2.6, 0, 11]])('for a scrape each %d s and a step of %d s is %d s', (scrape, step, window) => {
    expect(rateWindow(scrape, step)).toBe(window);
  });
});

describe('the range of a chart', () => {
  it('has a point per pixel, on multiples of the step', () => {
    expect(rangeStep(1000, 1000 + 3600, 241)).toEqual({ from: 1005, to: 4590, step: 15 });
  });

  it('counts both ends among its points', () => {
    expect(rangeStep(0, 3000, 300, 1)).toEqual({ from: 0, to: 2992, step: 11 }); // 301 points with a step of 10
  });

  it('asks for the same points a moment later', () => {
    expect(rangeStep(7229, 10_829, 200, 30)).toEqual(rangeStep(7201, 10_801, 200, 30));
  });

  it.each([[10, 10], [11, 10], [Number.NaN, 10], [0, Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY, 0]])('refuses %d to %d', (from, to) => {
    expect(() => rangeStep(from, to, 100)).toThrow(expect.objectContaining({ code: 'TIME_RANGE_INVALID' }));
  });

  it('never has more than 300 points, nor any outside or between scrapes', () => {
    const year = 366 * 86_400;

    fc.assert(fc.property(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 1, max: year }), fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1, max: 120 }), (start, span, pixels, scrape) => {
      const { from, to, step } = rangeStep(start, start + span, pixels, scrape);

      expect((to - from) / step + 1).toBeLessThanOrEqual(Math.min(MOST_POINTS, Math.max(2, pixels)));
      expect(to).toBeLessThanOrEqual(start + span);
      expect(from).toBeLessThanOrEqual(to);
      expect(step).toBeGreaterThanOrEqual(scrape);
      expect([from % step, to % step]).toEqual([0, 0]);
    }));
  });
});
