import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENT, formatAge, formatBytes, formatNumber, formatRatio, formatReading, formatSeconds } from './format.ts';

describe('writing figures', () => {
  it.each([
    [0, '0'], [0.4217, '0.422'], [7.5, '7.5'], [850, '850'], [999, '999'], [999.6, '1k'], [1000, '1k'], [1049, '1.05k'], [28_437, '28.4k'], [999_900, '1M'],
    [1_234_567, '1.23M'], [5e9, '5G'], [-28_437, '-28.4k'], [0.000012, '0.000012'], [Number.NaN, ABSENT], [Number.POSITIVE_INFINITY, ABSENT],
  ])('number %d: %s', (value, text) => expect(formatNumber(value)).toBe(text));

  it.each([
    [0, '0 ms'], [0.00081, '0.81 ms'], [0.412, '412 ms'], [0.9994, '999 ms'], [0.9998, '1 s'], [1, '1 s'], [1.94, '1.9 s'], [12.3, '12 s'], [119, '119 s'], [180, '3 min'],
    [Number.NaN, ABSENT], [Number.POSITIVE_INFINITY, ABSENT],
  ])('%d seconds: %s', (value, text) => expect(formatSeconds(value)).toBe(text));

  it.each([
    [0, '0 %'], [0.00001, '< 0.01 %'], [0.0042, '0.42 %'], [0.031, '3.1 %'], [0.0996, '10 %'], [0.914, '91 %'], [1, '100 %'], [1.5, '150 %'], [Number.NaN, ABSENT],
  ])('ratio %d: %s', (value, text) => expect(formatRatio(value)).toBe(text));

  it.each([
    [0, '0 B'], [512, '512 B'], [1024, '1 Ki'], [1536 * 1024 ** 2, '1.5 Gi'], [1023.9 * 1024 ** 2, '1 Gi'], [2 ** 60, '1020 Pi'], [Number.NaN, ABSENT],
  ])('%d bytes: %s', (value, text) => expect(formatBytes(value)).toBe(text));

  it('never shows an exponent for figures of a cluster', () => {
    fc.assert(fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
      for (const text of [formatNumber(value), formatSeconds(value), formatBytes(value), formatRatio(value)]) expect(text).not.toMatch(/e[+-]/);
    }));
  });

  it('has no zero for what was not measured', () => {
    expect(formatReading({ state: 'measured', value: 0 }, formatNumber)).toBe('0');
    expect(formatReading({ state: 'undefined' }, formatNumber)).toBe(ABSENT);
    expect(formatReading({ state: 'absent' }, formatNumber)).toBe(ABSENT);
  });
});

describe('writing an age', () => {
  const now = 1_764_000_000_000;

  it.each([
    [0, '0 s'], [-5000, '0 s'], [59_999, '59 s'], [60_000, '1 min'], [3_599_000, '59 min'], [3_600_000, '1 h'], [86_399_000, '23 h'], [86_400_000, '1 d'], [40 * 86_400_000, '40 d'],
    [Number.NaN, ABSENT],
  ])('%d ms ago: %s', (ago, text) => expect(formatAge(now - ago, now)).toBe(text));
});
