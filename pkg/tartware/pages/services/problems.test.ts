import { describe, expect, it } from 'vitest';
import { problemsOf } from './problems.ts';

describe('problemsOf', () => {
  it.each([
    [{ min: 1, max: 1 }],
    [{ min: 12, max: 150 }],
    [{ min: 1000, max: 1000 }],
  ])('finds none in %o', (range) => {
    expect(problemsOf(range)).toEqual([]);
  });

  it.each([
    [{ min: 0, max: 5 }, 'min', 'services.problem.minTooSmall'],
    [{ min: -3, max: 5 }, 'min', 'services.problem.minTooSmall'],
    [{ min: 6, max: 5 }, 'min', 'services.problem.minAboveMax'],
    [{ min: 1, max: 1001 }, 'max', 'services.problem.tooLarge'],
    [{ min: 1.5, max: 5 }, 'min', 'services.problem.notWhole'],
    [{ min: 1, max: Number.NaN }, 'max', 'services.problem.notWhole'],
  ])('names the field of %o', (range, field, text) => {
    expect(problemsOf(range)).toEqual([expect.objectContaining({ field, text })]);
  });

  it('names both fields when both are wrong', () => {
    expect(problemsOf({ min: 0, max: 0 }).map(({ field }) => field)).toEqual(['min', 'max']);
  });
});
