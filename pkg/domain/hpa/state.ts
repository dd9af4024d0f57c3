import type { Autoscaler, AutoscalerStatus, Condition } from './autoscaler.ts';

/**
 * - `unknown`: the controller has not looked at it yet
 * - `unable`: it cannot read its metrics or its target
 * - `disabled`: the target has 0 replicas, which pauses the autoscaler
 * - `at-maximum`: it wants more pods than its maximum allows; merely having `max` pods is not that
 * - `scaling-up`, `scaling-down`: desired and current differ
 * - `steady`: none of these
 */
export type ScalingStateName = 'unknown' | 'unable' | 'disabled' | 'at-maximum' | 'scaling-up' | 'scaling-down' | 'steady';

export interface ScalingState {
  name: ScalingStateName;
  /** The condition that decided, for words and details; for `steady`, what holds the count where it is, if anything does. */
  reason: Condition | undefined;
}

/** What an autoscaler is doing; the first that applies, most worrying first. */
export function scalingState({ range, status }: Autoscaler): ScalingState {
  if (!status || status.conditions.length === 0) return { name: 'unknown', reason: undefined };

  return unableOrDisabled(status) ?? atMaximum(status, range.max) ?? moving(status);
}

export function conditionOf(status: AutoscalerStatus, type: string): Condition | undefined {
  return status.conditions.find((condition) => condition.type === type);
}

function unableOrDisabled(status: AutoscalerStatus): ScalingState | undefined {
  const active = conditionOf(status, 'ScalingActive');
  const able = conditionOf(status, 'AbleToScale');

  if (able?.status === 'False') return { name: 'unable', reason: able };
  if (active?.status === 'False') return { name: active.reason === 'ScalingDisabled' ? 'disabled' : 'unable', reason: active };

  return undefined;
}

/**
 * ScalingLimited=True alone says little: it is also true at the minimum and under a rate limit. And a condition from before the
 * maximum was raised must not count, hence the comparison with the maximum of now.
 */
function atMaximum(status: AutoscalerStatus, max: number): ScalingState | undefined {
  const limited = conditionOf(status, 'ScalingLimited');

  return limited?.status === 'True' && limited.reason === 'TooManyReplicas' && status.desired >= max ? { name: 'at-maximum', reason: limited } : undefined;
}

function moving(status: AutoscalerStatus): ScalingState {
  const { current, desired } = status;
  const limited = conditionOf(status, 'ScalingLimited');
  const able = conditionOf(status, 'AbleToScale');

  if (desired > current) return { name: 'scaling-up', reason: able };
  if (desired < current) return { name: 'scaling-down', reason: able };
  if (able?.reason === 'ScaleDownStabilized' || able?.reason === 'ScaleUpStabilized') return { name: 'steady', reason: able };

  return { name: 'steady', reason: limited?.status === 'True' ? limited : undefined };
}
