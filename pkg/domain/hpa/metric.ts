import { isRecord, recordAt, recordsAt, stringAt, stringsAt } from '../json.ts';
import type { JsonRecord } from '../json.ts';
import { parseQuantity } from '../quantity.ts';
import type { Quantity } from '../quantity.ts';

/**
 * What makes a metric this one and no other. Spec and status are matched by all of it: by index they differ once the API
 * reorders the list or a metric fails, and by name alone two containers' `cpu` would be mistaken for each other.
 */
export interface MetricIdentity {
  type: 'Resource' | 'ContainerResource' | 'Pods' | 'Object' | 'External';
  name: string;
  /** ContainerResource only. */
  container: string | undefined;
  /** Object only: the object that is measured. */
  object: { apiVersion: string; kind: string; name: string } | undefined;
  /** Pods, Object and External: the label selector, in a form that does not depend on the order of its parts. */
  selector: string;
}

/** Percent of the request, one value for all, or an average per pod. */
export type MetricTarget = { type: 'Utilization'; percent: number } | { type: 'Value' | 'AverageValue'; value: Quantity };

export interface MetricSpec {
  identity: MetricIdentity;
  target: MetricTarget;
}

/** What the controller measured last. Each of the three may be zero, and each may be missing. */
export interface MetricStatus {
  identity: MetricIdentity;
  averageUtilization: number | undefined;
  averageValue: Quantity | undefined;
  value: Quantity | undefined;
}

/** The field of the API in which each type keeps its values. */
const FIELD: Record<MetricIdentity['type'], string> = {
  Resource: 'resource', ContainerResource: 'containerResource', Pods: 'pods', Object: 'object', External: 'external',
};

/** Undefined for a type that we do not know or a target that says nothing: a newer API may have more. */
export function parseMetricSpec(metric: JsonRecord): MetricSpec | undefined {
  const source = parseSource(metric);
  const target = source && parseTarget(recordAt(source.values, 'target'));

  return source && target && { identity: source.identity, target };
}

/** Undefined where the controller left an empty entry: that is how it writes down a metric that it could not get. */
export function parseMetricStatus(metric: JsonRecord): MetricStatus | undefined {
  const source = parseSource(metric);

  if (!source) return undefined;
  const current = recordAt(source.values, 'current');

  return {
    identity: source.identity,
    averageUtilization: typeof current.averageUtilization === 'number' ? current.averageUtilization : undefined,
    averageValue: quantityAt(current, 'averageValue'),
    value: quantityAt(current, 'value'),
  };
}

/** Two identities are the same when their keys are. */
export function metricKey({ type, name, container, object, selector }: MetricIdentity): string {
  return JSON.stringify([type, name, container ?? '', object ? [object.apiVersion, object.kind, object.name] : [], selector]);
}

function parseSource(metric: JsonRecord): { identity: MetricIdentity; values: JsonRecord } | undefined {
  const type = Object.keys(FIELD).find((known): known is MetricIdentity['type'] => known === metric.type);
  const values = type && metric[FIELD[type]];

  if (!type || !isRecord(values)) return undefined;
  const named = type === 'Resource' || type === 'ContainerResource' ? values : recordAt(values, 'metric');
  const object = recordAt(values, 'describedObject');

  return {
    values,
    identity: {
      type,
      name: stringAt(named, 'name') ?? '',
      container: type === 'ContainerResource' ? stringAt(values, 'container') ?? '' : undefined,
      object: type === 'Object'
        ? { apiVersion: stringAt(object, 'apiVersion') ?? '', kind: stringAt(object, 'kind') ?? '', name: stringAt(object, 'name') ?? '' }
        : undefined,
      selector: canonicalSelector(named.selector),
    },
  };
}

function parseTarget(target: JsonRecord): MetricTarget | undefined {
  if (target.type === 'Utilization') {
    return typeof target.averageUtilization === 'number' ? { type: 'Utilization', percent: target.averageUtilization } : undefined;
  }
  const value = target.type === 'AverageValue' ? quantityAt(target, 'averageValue') : quantityAt(target, 'value');

  return value && { type: target.type === 'AverageValue' ? 'AverageValue' : 'Value', value };
}

/** Amounts come from the API server, which has checked them: one that cannot be read is a missing one, not the end of the page. */
function quantityAt(from: JsonRecord, key: string): Quantity | undefined {
  if (from[key] === undefined) return undefined;
  try {
    return parseQuantity(from[key]);
  } catch {
    return undefined;
  }
}

function canonicalSelector(selector: unknown): string {
  if (!isRecord(selector)) return '';
  const labels = Object.entries(stringsAt(selector, 'matchLabels')).map((entry) => JSON.stringify(entry));
  const expressions = recordsAt(selector, 'matchExpressions').map(({ key, operator, values }) => (
    JSON.stringify([key, operator, Array.isArray(values) ? [...values].sort() : []])
  ));

  return [...labels, ...expressions].sort().join(',');
}
