import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TartwareError } from './errors.ts';
import { parseMatrix, parseVector, readingOf, withGaps } from './prometheus.ts';

function vector(...result: unknown[]) {
  return { status: 'success', data: { resultType: 'vector', result } };
}

function matrix(...result: unknown[]) {
  return { status: 'success', data: { resultType: 'matrix', result } };
}

describe('reading an instant query', () => {
  const answer = parseVector(vector(
    { metric: { service: 'core' }, value: [1764000000.5, '28437.5'] },
    { metric: { service: 'rooms' }, value: [1764000000.5, 'NaN'] },
    { metric: { service: 'guests' }, value: [1764000000.5, '+Inf'] },
    { metric: { service: 'billing' }, value: [1764000000.5, '0'] },
  ));

  it('takes times as milliseconds and values as numbers', () => {
    expect(answer.samples[0]).toEqual({ labels: { service: 'core' }, time: 1_764_000_000_500, value: 28437.5 });
  });

  it.each([
    ['core', { state: 'measured', value: 28437.5 }],
    ['billing', { state: 'measured', value: 0 }],
    ['rooms', { state: 'undefined' }],
    ['guests', { state: 'undefined' }],
    ['settings', { state: 'absent' }],
  ])('tells a value, no number and no series apart: %s', (service, reading) => {
    expect(readingOf(answer, { service })).toEqual(reading);
  });

  it('takes the only sample when no label is asked for', () => {
    expect(readingOf(parseVector(vector({ metric: {}, value: [1, '3'] })))).toEqual({ state: 'measured', value: 3 });
    expect(readingOf(parseVector(vector()))).toEqual({ state: 'absent' });
  });

  it.each([['1e3', 1000], ['-Inf', null], ['Inf', null], ['-0.5', -0.5], ['1.7976931348623157e+308', Number.MAX_VALUE]])('reads the value %s', (text, value) => {
    expect(parseVector(vector({ metric: {}, value: [1, text] })).samples[0]?.value).toBe(value);
  });

  it('keeps the warnings', () => {
    expect(parseVector({ ...vector(), warnings: ['a remote read failed', 7] }).warnings).toEqual(['a remote read failed']);
  });
});

describe('reading a range query', () => {
  it('takes every series with its points', () => {
    expect(parseMatrix(matrix({ metric: { service: 'core' }, values: [[10, '1'], [20, 'NaN'], [30, '3']] })).series).toEqual([
      { labels: { service: 'core' }, points: [[10_000, 1], [20_000, null], [30_000, 3]] },
    ]);
  });

  it('breaks the line where samples are missing', () => {
    expect(withGaps([[10_000, 1], [20_000, 2], [50_000, 5], [60_000, 6]], 10)).toEqual([[10_000, 1], [20_000, 2], [30_000, null], [50_000, 5], [60_000, 6]]);
    expect(withGaps([], 10)).toEqual([]);
  });
});

describe('an answer that is none', () => {
  it('says what Prometheus said', () => {
    expect(() => parseMatrix({ status: 'error', errorType: 'timeout', error: 'query timed out' })).toThrow(expect.objectContaining({
      code: 'PROMETHEUS_REFUSED', message: 'Prometheus refused the query: query timed out (timeout)',
    }));
    expect(() => parseMatrix({ status: 'error' })).toThrow(expect.objectContaining({ code: 'PROMETHEUS_REFUSED' }));
  });

  it.each([
    ['a page of HTML', '<html>'], ['nothing', undefined], ['a list', []], ['no status', {}], ['no data', { status: 'success' }],
    ['a matrix', matrix()], ['a scalar', { status: 'success', data: { resultType: 'scalar', result: [1, '1'] } }],
    ['a result that is no list', { status: 'success', data: { resultType: 'vector', result: {} } }],
    ['a list of text', vector('up')], ['a sample without value', vector({ metric: {} })], ['a value that is a number', vector({ metric: {}, value: [1, 1] })],
    ['a value that is a word', vector({ metric: {}, value: [1, 'many'] })], ['an empty value', vector({ metric: {}, value: [1, ''] })],
    ['a time that is text', vector({ metric: {}, value: ['1', '1'] })],
  ])('refuses %s in words', (_what, answer) => {
    expect(() => parseVector(answer)).toThrow(expect.objectContaining({ code: 'PROMETHEUS_MALFORMED', hint: expect.stringContaining('endpoint') }));
  });

  it('is refused in words, whatever it is', () => {
    fc.assert(fc.property(fc.object({ key: fc.constantFrom('status', 'data', 'result', 'resultType', 'value'), maxDepth: 4 }), (answer) => {
      expect(() => parseMatrix({ status: 'success', ...answer })).toThrow(TartwareError);
    }));
  });
});
