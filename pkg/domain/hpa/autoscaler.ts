import { TartwareError } from '../errors.ts';
import { integerAt, isRecord, recordAt, recordsAt, stringAt, stringsAt } from '../json.ts';
import type { JsonRecord } from '../json.ts';
import { parseMetricSpec, parseMetricStatus } from './metric.ts';
import type { MetricSpec, MetricStatus } from './metric.ts';

/** The smallest and the largest number of pods that an autoscaler may choose. */
export interface PodRange {
  min: number;
  max: number;
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  /** RFC 3339; undefined where the controller left it out. */
  lastTransitionTime: string | undefined;
}

export interface AutoscalerStatus {
  /** Pods of the target now, as the autoscaler counts them: also those that are not ready. */
  current: number;
  desired: number;
  metrics: MetricStatus[];
  conditions: Condition[];
  lastScaleTime: string | undefined;
}

/** What we read of an `autoscaling/v2` HorizontalPodAutoscaler. */
export interface Autoscaler {
  name: string;
  namespace: string;
  /** Tells an object from another one that later got the same name. */
  uid: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  target: { apiVersion: string; kind: string; name: string };
  range: PodRange;
  /** False where `spec.minReplicas` was absent; the API's default of 1 then stands in `range`. */
  minIsSet: boolean;
  metrics: MetricSpec[];
  /** Undefined until the controller has looked at the object for the first time: nothing is known then, not "zero pods". */
  status: AutoscalerStatus | undefined;
}

/** @throws TartwareError AUTOSCALER_MALFORMED when the object is none of autoscaling/v2 or lacks what the API promises. */
export function parseAutoscaler(object: unknown): Autoscaler {
  if (!isRecord(object)) throw malformed('it is no object');
  const metadata = recordAt(object, 'metadata');
  const spec = recordAt(object, 'spec');
  const target = recordAt(spec, 'scaleTargetRef');
  const max = integerAt(spec, 'maxReplicas');
  const min = integerAt(spec, 'minReplicas');

  if (max === undefined) throw malformed('spec.maxReplicas is missing', stringAt(metadata, 'name'));

  return {
    name: required(metadata, 'name'),
    namespace: stringAt(metadata, 'namespace') ?? '',
    uid: required(metadata, 'uid'),
    labels: stringsAt(metadata, 'labels'),
    annotations: stringsAt(metadata, 'annotations'),
    target: { apiVersion: stringAt(target, 'apiVersion') ?? '', kind: stringAt(target, 'kind') ?? '', name: stringAt(target, 'name') ?? '' },
    range: { min: min ?? 1, max },
    minIsSet: min !== undefined,
    metrics: recordsAt(spec, 'metrics').map(parseMetricSpec).filter((metric) => metric !== undefined),
    status: parseStatus(object.status),
  };
}

/**
 * The API server gives every new autoscaler `status: {desiredReplicas: 0}`; only the controller adds conditions.
 * `currentReplicas` 0 is left out of the JSON (omitempty), so once there are conditions a missing one means zero.
 */
function parseStatus(status: unknown): AutoscalerStatus | undefined {
  if (!isRecord(status)) return undefined;
  const conditions = recordsAt(status, 'conditions').map(parseCondition);

  if (conditions.length === 0 && status.currentReplicas === undefined) return undefined;

  return {
    current: integerAt(status, 'currentReplicas') ?? 0,
    desired: integerAt(status, 'desiredReplicas') ?? 0,
    metrics: recordsAt(status, 'currentMetrics').map(parseMetricStatus).filter((metric) => metric !== undefined),
    conditions,
    lastScaleTime: stringAt(status, 'lastScaleTime'),
  };
}

function parseCondition(condition: JsonRecord): Condition {
  const status = stringAt(condition, 'status');

  return {
    type: stringAt(condition, 'type') ?? '',
    status: status === 'True' || status === 'False' ? status : 'Unknown',
    reason: stringAt(condition, 'reason') ?? '',
    message: stringAt(condition, 'message') ?? '',
    lastTransitionTime: stringAt(condition, 'lastTransitionTime'),
  };
}

function required(metadata: JsonRecord, key: string): string {
  const value = stringAt(metadata, key);

  if (!value) throw malformed(`metadata.${ key } is missing`, stringAt(metadata, 'name'));

  return value;
}

function malformed(what: string, name?: string): TartwareError {
  return new TartwareError({
    code: 'AUTOSCALER_MALFORMED',
    message: `${ name ? `The autoscaler ${ name }` : 'An answer' } cannot be read: ${ what }.`,
    hint: 'It must be a HorizontalPodAutoscaler of autoscaling/v2. Does something else answer in place of the Kubernetes API?',
  });
}
