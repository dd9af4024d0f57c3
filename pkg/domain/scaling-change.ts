import { TartwareError } from './errors.ts';
import type { Problem } from './errors.ts';
import type { Autoscaler, PodRange } from './hpa/autoscaler.ts';

/**
 * Beyond this a number is a slip of the finger, and the API server would take it without a word. Far above the platform's own
 * 150, because an autoscaler that already has more must stay changeable.
 */
export const MOST_PODS = 10_000;

/** A range that is wanted for one autoscaler, and the range that it was wanted in place of. */
export interface ScalingChange {
  name: string;
  uid: string;
  /** What the person saw when they began. */
  base: PodRange;
  wanted: PodRange;
}

/** Something that must be put right before a range can be applied. */
export interface RangeProblem extends Problem {
  code: 'RANGE_NOT_WHOLE' | 'RANGE_MIN_ZERO' | 'RANGE_TOO_SMALL' | 'RANGE_TOO_LARGE' | 'RANGE_MIN_ABOVE_MAX';
  field: 'min' | 'max';
}

/** One operation of RFC 6902. */
export interface JsonPatchOperation {
  op: 'test' | 'replace' | 'add';
  path: string;
  value: string | number;
}

export function sameRange(a: PodRange, b: PodRange): boolean {
  return a.min === b.min && a.max === b.max;
}

/** Everything that is wrong with a range; empty when it can be applied. */
export function rangeProblems({ min, max }: PodRange): RangeProblem[] {
  const problems = [fieldProblem('min', min), fieldProblem('max', max)].filter((problem) => problem !== undefined);

  if (problems.length > 0 || min <= max) return problems;

  return [{
    code: 'RANGE_MIN_ABOVE_MAX',
    field: 'min',
    message: `The minimum of ${ min } is above the maximum of ${ max }.`,
    hint: `Lower the minimum to ${ max } or raise the maximum to ${ min }.`,
  }];
}

function fieldProblem(field: 'min' | 'max', value: number): RangeProblem | undefined {
  const name = field === 'min' ? 'minimum' : 'maximum';

  if (!Number.isInteger(value)) {
    return { code: 'RANGE_NOT_WHOLE', field, message: `The ${ name } is not a whole number.`, hint: `Enter a number of pods from 1 to ${ MOST_PODS }.` };
  }
  if (field === 'min' && value === 0) {
    return {
      code: 'RANGE_MIN_ZERO',
      field,
      message: 'A minimum of 0 needs the Kubernetes feature HPAScaleToZero and a metric from outside the pods.',
      hint: 'Enter 1 or more. To pause a service, set the replicas of its Deployment to 0.',
    };
  }
  if (value < 1) return { code: 'RANGE_TOO_SMALL', field, message: `The ${ name } of ${ value } is below 1.`, hint: `Enter a number of pods from 1 to ${ MOST_PODS }.` };
  if (value > MOST_PODS) {
    return {
      code: 'RANGE_TOO_LARGE', field, message: `The ${ name } of ${ value } is above ${ MOST_PODS }, more than this page changes at once.`, hint: 'Check for a digit too many.',
    };
  }

  return undefined;
}

/**
 * One change per autoscaler out of many: the first one's base, the last one's wish. What ends where it began is no change.
 * Two autoscalers of one name (deleted and made anew) stay apart: the uid decides.
 */
export function coalesceChanges(changes: readonly ScalingChange[]): ScalingChange[] {
  const byUid = new Map<string, ScalingChange>();

  for (const change of changes) byUid.set(change.uid, { ...change, base: byUid.get(change.uid)?.base ?? change.base });

  return [...byUid.values()].filter(({ base, wanted }) => !sameRange(base, wanted));
}

/** The change that takes this one back. It is guarded in the same way, so it refuses when someone changed the range since. */
export function inverseChange({ name, uid, base, wanted }: ScalingChange): ScalingChange {
  return { name, uid, base: wanted, wanted: base };
}

/**
 * The JSON Patch of a change: `test` that it is still the same object with the old range, then `replace` what differs.
 * Never a test of `resourceVersion`: the controller writes the status all the time. Both ends go in one patch, because the API
 * server refuses a minimum above the maximum in between.
 *
 * @param minIsSet false for an object without `spec.minReplicas`: there is nothing to test then, and the member is added.
 * @throws TartwareError with the first problem of the wanted range, or RANGE_UNCHANGED
 */
export function rangePatch({ name, uid, base, wanted }: ScalingChange, minIsSet = true): JsonPatchOperation[] {
  const [problem] = rangeProblems(wanted);

  if (problem) throw new TartwareError({ code: problem.code, message: `${ name }: ${ problem.message }`, hint: problem.hint });
  if (sameRange(base, wanted)) {
    throw new TartwareError({ code: 'RANGE_UNCHANGED', message: `${ name } already has ${ base.min } to ${ base.max } pods.`, hint: 'There is nothing to apply.' });
  }
  const operations: JsonPatchOperation[] = [{ op: 'test', path: '/metadata/uid', value: uid }];

  if (minIsSet) operations.push({ op: 'test', path: '/spec/minReplicas', value: base.min });
  operations.push({ op: 'test', path: '/spec/maxReplicas', value: base.max });
  if (wanted.min !== base.min) operations.push({ op: minIsSet ? 'replace' : 'add', path: '/spec/minReplicas', value: wanted.min });
  if (wanted.max !== base.max) operations.push({ op: 'replace', path: '/spec/maxReplicas', value: wanted.max });

  return operations;
}

/**
 * Why a change was refused, seen from the object as it is now.
 * - `gone`: there is no autoscaler of that name; `replaced`: there is another one of the same name
 * - `fulfilled`: the range is already as wanted, by an earlier try whose answer was lost or by someone else
 * - `changed`: someone changed the range since; `fields` differ between base and theirs
 * - `refused`: the range is still the base, so the API server had another reason
 */
export type ChangeConflict =
  | { kind: 'gone' | 'replaced' | 'fulfilled' | 'refused'; base: PodRange; yours: PodRange }
  | { kind: 'changed'; base: PodRange; yours: PodRange; theirs: PodRange; fields: ('min' | 'max')[] };

/** @param fresh the autoscaler read anew after the failed patch; undefined when it was not found. */
export function conflictOf({ uid, base, wanted }: ScalingChange, fresh: Pick<Autoscaler, 'uid' | 'range'> | undefined): ChangeConflict {
  const sides = { base, yours: wanted };

  if (!fresh) return { kind: 'gone', ...sides };
  if (fresh.uid !== uid) return { kind: 'replaced', ...sides };
  if (sameRange(fresh.range, wanted)) return { kind: 'fulfilled', ...sides };
  if (sameRange(fresh.range, base)) return { kind: 'refused', ...sides };

  return { kind: 'changed', ...sides, theirs: fresh.range, fields: (['min', 'max'] as const).filter((field) => fresh.range[field] !== base[field]) };
}

/**
 * "Apply mine on top of theirs": a three-way merge against the object as it is now. An end that the person left alone follows
 * theirs. The merged range may be a wrong one (their minimum above my maximum): check it with `rangeProblems`.
 */
export function rebasedChange(change: ScalingChange, fresh: Pick<Autoscaler, 'uid' | 'range'>): ScalingChange {
  const { base, wanted } = change;
  const merged = (field: 'min' | 'max') => (wanted[field] === base[field] ? fresh.range[field] : wanted[field]);

  return { ...change, uid: fresh.uid, base: fresh.range, wanted: { min: merged('min'), max: merged('max') } };
}
