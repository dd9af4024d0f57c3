import type { PodRange } from './drafts.ts';

/** Something that must be put right before a range can be applied. */
export interface RangeProblem {
  field: 'min' | 'max';
  /** An l10n key and what goes into it. */
  text: string;
  values: Record<string, number>;
}

/**
 * No service of the platform has a sizing above 150 pods. A thousand is a slip of the finger,
 * and the API server would take it without a word.
 */
export const MOST_PODS = 1000;

export function problemsOf({ min, max }: PodRange): RangeProblem[] {
  const problems = [...problemsOfField('min', min), ...problemsOfField('max', max)];

  return problems.length === 0 && min > max ? [{ field: 'min', text: 'services.problem.minAboveMax', values: { min, max } }] : problems;
}

function problemsOfField(field: 'min' | 'max', value: number): RangeProblem[] {
  if (!Number.isInteger(value)) return [{ field, text: 'services.problem.notWhole', values: {} }];
  // Minimum 0 switches an autoscaler off (or needs the alpha feature HPAScaleToZero): not a matter of a range.
  if (value < 1) return [{ field, text: `services.problem.${ field }TooSmall`, values: {} }];
  if (value > MOST_PODS) return [{ field, text: 'services.problem.tooLarge', values: { most: MOST_PODS } }];

  return [];
}
