import type { Condition } from './autoscaler.ts';

/** How much a condition should worry: `bad` is an autoscaler that cannot do its work. */
export type Severity = 'good' | 'note' | 'bad';

export interface ConditionMeaning {
  /** Names the words for it, e.g. `condition.scaleDownStabilized`; undefined for a reason that is not in the catalogue: show it raw. */
  key: string | undefined;
  severity: Severity;
}

/** Every reason that the controller of Kubernetes 1.36 can give (pkg/controller/podautoscaler/horizontal.go), and nothing else. */
const REASONS: Record<string, Severity> = {
  // AbleToScale
  SucceededGetScale: 'good',
  ReadyForNewScale: 'good',
  ScaleDownStabilized: 'note',
  ScaleUpStabilized: 'note',
  SucceededRescale: 'good',
  FailedGetScale: 'bad',
  FailedUpdateScale: 'bad',
  // ScalingActive
  ValidMetricFound: 'good',
  ScalingDisabled: 'note',
  InvalidSelector: 'bad',
  AmbiguousSelector: 'bad',
  FailedGetResourceMetric: 'bad',
  FailedGetContainerResourceMetric: 'bad',
  FailedGetPodsMetric: 'bad',
  FailedGetObjectMetric: 'bad',
  FailedGetExternalMetric: 'bad',
  InvalidMetricSourceType: 'bad',
  // ScalingLimited
  TooManyReplicas: 'note',
  TooFewReplicas: 'note',
  ScaleUpLimit: 'note',
  ScaleDownLimit: 'note',
  DesiredWithinRange: 'good',
  // ScaledToZero
  ScaledToZero: 'note',
  NotScaledToZero: 'good',
};

export const CONDITION_REASONS: readonly string[] = Object.keys(REASONS);

export function conditionMeaning({ type, status, reason }: Condition): ConditionMeaning {
  const severity = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;

  if (severity) return { key: `condition.${ reason.charAt(0).toLowerCase() }${ reason.slice(1) }`, severity };
  // An unknown reason still has a type: these two are bad when they are not true.
  const mustBeTrue = type === 'AbleToScale' || type === 'ScalingActive';

  return { key: undefined, severity: mustBeTrue && status !== 'True' ? 'bad' : 'note' };
}
