import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TartwareError } from './errors.ts';
import type { PodRange } from './hpa/autoscaler.ts';
import { coalesceChanges, conflictOf, inverseChange, MOST_PODS, rangePatch, rangeProblems, rebasedChange, sameRange } from './scaling-change.ts';
import type { JsonPatchOperation, ScalingChange } from './scaling-change.ts';

const range = (min: number, max: number): PodRange => ({ min, max });
const change = (base: PodRange, wanted: PodRange, uid = 'uid-1'): ScalingChange => ({ name: 'core', uid, base, wanted });
const anyRange = fc.tuple(fc.integer({ min: 1, max: MOST_PODS }), fc.integer({ min: 1, max: MOST_PODS })).map(([a, b]) => range(Math.min(a, b), Math.max(a, b)));

interface Served { uid: string; min: number | undefined; max: number }

/** What an API server does with a patch of these three operations: all of it, or nothing. */
function applied(operations: JsonPatchOperation[], object: Served): Served | 'refused' {
  const members: Record<string, unknown> = { '/metadata/uid': object.uid, '/spec/minReplicas': object.min, '/spec/maxReplicas': object.max };

  for (const { op, path, value } of operations) {
    if (op === 'test' && members[path] !== value) return 'refused';
    if (op === 'replace' && members[path] === undefined) return 'refused';
    if (op !== 'test') members[path] = value;
  }

  return { uid: String(members['/metadata/uid']), min: Number(members['/spec/minReplicas']), max: Number(members['/spec/maxReplicas']) };
}

describe('checking a range', () => {
  it.each([[1, 1], [8, 80], [12, 150], [MOST_PODS, MOST_PODS]])('takes %d to %d', (min, max) => {
    expect(rangeProblems(range(min, max))).toEqual([]);
  });

  it.each([
    [9, 8, ['RANGE_MIN_ABOVE_MAX']],
    [0, 8, ['RANGE_MIN_ZERO']],
    [0, 0, ['RANGE_MIN_ZERO', 'RANGE_TOO_SMALL']],
    [-1, 8, ['RANGE_TOO_SMALL']],
    [1.5, 8, ['RANGE_NOT_WHOLE']],
    [Number.NaN, Number.POSITIVE_INFINITY, ['RANGE_NOT_WHOLE', 'RANGE_NOT_WHOLE']],
    [1, MOST_PODS + 1, ['RANGE_TOO_LARGE']],
  ])('refuses %d to %d: %j', (min, max, codes) => {
    const problems = rangeProblems(range(min, max));

    expect(problems.map(({ code }) => code)).toEqual(codes);
    expect(problems.every(({ message, hint }) => message !== '' && hint !== '')).toBe(true);
  });
});

describe('gathering changes', () => {
  it('keeps the first base and the last wish of each autoscaler, and drops what ends where it began', () => {
    expect(coalesceChanges([
      change(range(1, 2), range(1, 3)), change(range(5, 9), range(6, 9), 'uid-2'), change(range(1, 3), range(2, 4)), change(range(6, 9), range(5, 9), 'uid-2'),
    ])).toEqual([change(range(1, 2), range(2, 4))]);
  });
});

describe('the patch of a change', () => {
  it('tests the object and its old range, then replaces both ends at once', () => {
    expect(rangePatch(change(range(12, 150), range(160, 200)))).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'uid-1' },
      { op: 'test', path: '/spec/minReplicas', value: 12 },
      { op: 'test', path: '/spec/maxReplicas', value: 150 },
      { op: 'replace', path: '/spec/minReplicas', value: 160 },
      { op: 'replace', path: '/spec/maxReplicas', value: 200 },
    ]);
  });

  it('writes only what changed', () => {
    expect(rangePatch(change(range(12, 150), range(12, 200))).filter(({ op }) => op !== 'test')).toEqual([{ op: 'replace', path: '/spec/maxReplicas', value: 200 }]);
  });

  it('adds a minimum where there was none', () => {
    expect(rangePatch(change(range(1, 150), range(4, 150)), false)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'uid-1' },
      { op: 'test', path: '/spec/maxReplicas', value: 150 },
      { op: 'add', path: '/spec/minReplicas', value: 4 },
    ]);
  });

  it.each([[range(1, 0), 'RANGE_TOO_SMALL'], [range(0, 9), 'RANGE_MIN_ZERO'], [range(9, 8), 'RANGE_MIN_ABOVE_MAX'], [range(1, 8), 'RANGE_UNCHANGED']])('is not made for %j: %s', (wanted, code) => {
    expect(() => rangePatch(change(range(1, 8), wanted))).toThrow(expect.objectContaining({ code }));
    expect(() => rangePatch(change(range(1, 8), wanted))).toThrow(TartwareError);
  });

  it('brings the wanted range, is refused after any other change, and can be taken back', () => {
    fc.assert(fc.property(anyRange, anyRange, anyRange, fc.boolean(), (base, wanted, others, minIsSet) => {
      fc.pre(!sameRange(base, wanted));
      const start = minIsSet ? base : { ...base, min: 1 };

      fc.pre(!sameRange(start, wanted));
      const one = change(start, wanted);
      const served = { uid: 'uid-1', max: start.max, min: minIsSet ? start.min : undefined };
      const after = applied(rangePatch(one, minIsSet), served);

      expect(after).toMatchObject(wanted.min === start.min && !minIsSet ? { max: wanted.max } : wanted);
      expect(applied(rangePatch(one, minIsSet), { ...served, uid: 'uid-2' })).toBe('refused');
      if (!sameRange(others, start)) expect(applied(rangePatch(one), { uid: 'uid-1', ...others })).toBe('refused');
      expect(applied(rangePatch(inverseChange(one)), { uid: 'uid-1', ...wanted })).toEqual({ uid: 'uid-1', ...start });
    }));
  });
});

describe('a refused change', () => {
  const mine = change(range(8, 80), range(10, 80));

  it.each([
    ['gone', undefined],
    ['replaced', { uid: 'uid-2', range: range(8, 80) }],
    ['fulfilled', { uid: 'uid-1', range: range(10, 80) }],
    ['refused', { uid: 'uid-1', range: range(8, 80) }],
  ])('is %s', (kind, fresh) => {
    expect(conflictOf(mine, fresh)).toEqual({ kind, base: range(8, 80), yours: range(10, 80) });
  });

  it.each([[range(8, 90), ['max']], [range(9, 80), ['min']], [range(1, 2), ['min', 'max']]])('was changed by others to %j: shows all three sides', (theirs, fields) => {
    expect(conflictOf(mine, { uid: 'uid-1', range: theirs })).toEqual({ kind: 'changed', base: range(8, 80), yours: range(10, 80), theirs, fields });
  });

  it('can be put on top of theirs', () => {
    const fresh = { uid: 'uid-2', range: range(9, 90) };

    expect(rangePatch(rebasedChange(mine, fresh))).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'uid-2' },
      { op: 'test', path: '/spec/minReplicas', value: 9 },
      { op: 'test', path: '/spec/maxReplicas', value: 90 },
      { op: 'replace', path: '/spec/minReplicas', value: 10 },
    ]);
  });

  it.each([
    ['what I left alone follows theirs', range(1, 80), range(1, 90), range(2, 85), range(2, 90)],
    ['what I changed stays mine', range(1, 80), range(3, 90), range(2, 85), range(3, 90)],
    ['ends that do not go together are kept for the check', range(1, 80), range(1, 10), range(20, 80), range(20, 10)],
  ])('merges three ways: %s', (_, base, wanted, theirs, merged) => {
    expect(rebasedChange(change(base, wanted), { uid: 'uid-1', range: theirs })).toEqual(change(theirs, merged));
  });
});
