import { quantityToNumber } from '../quantity.ts';
import type { Quantity } from '../quantity.ts';
import type { Autoscaler } from './autoscaler.ts';
import { metricKey } from './metric.ts';
import type { MetricIdentity, MetricSpec, MetricStatus } from './metric.ts';

/** A metric against its target. */
export interface MetricUsage {
  metric: MetricIdentity;
  /** In `unit`; undefined where the controller has no value, which is not the same as zero. */
  current: number | undefined;
  target: number;
  /** current / target; the controller wants more pods above 1 + tolerance. Exact for percents: both are the controller's own integers. */
  ratio: number | undefined;
  unit: 'percent' | 'cores' | 'bytes' | 'count';
  /** Whether the figures are per pod, or one for all. */
  per: 'pod' | 'all';
}

/** Every metric of the autoscaler's spec, in its order, with what the controller measured for it. */
export function metricUsages({ metrics, status }: Autoscaler): MetricUsage[] {
  const measured = queuesByIdentity(status?.metrics ?? []);

  return metrics.map((spec) => usageOf(spec, measured.get(metricKey(spec.identity))?.shift()));
}

/** The usage of one resource of one container, or of the whole pod where no container is named. */
export function resourceUsage(usages: MetricUsage[], resource: string, container?: string): MetricUsage | undefined {
  return usages.find(({ metric }) => (
    metric.name === resource && (metric.type === 'Resource' || metric.type === 'ContainerResource') && metric.container === container
  ));
}

/** The API allows the same metric twice with different targets; then the order decides, among equals only. */
function queuesByIdentity(statuses: MetricStatus[]): Map<string, MetricStatus[]> {
  const queues = new Map<string, MetricStatus[]>();

  for (const status of statuses) {
    const key = metricKey(status.identity);

    queues.set(key, [...queues.get(key) ?? [], status]);
  }

  return queues;
}

function usageOf({ identity, target }: MetricSpec, status: MetricStatus | undefined): MetricUsage {
  const wanted = target.type === 'Utilization' ? target.percent : quantityToNumber(target.value);
  const current = status && currentFor(target.type, status);

  return {
    metric: identity,
    current,
    target: wanted,
    ratio: current === undefined || wanted === 0 ? undefined : current / wanted,
    unit: target.type === 'Utilization' ? 'percent' : unitOf(identity),
    per: target.type === 'Value' ? 'all' : 'pod',
  };
}

/** The figure that the controller compares with a target of this type. */
function currentFor(target: MetricSpec['target']['type'], { averageUtilization, averageValue, value }: MetricStatus): number | undefined {
  if (target === 'Utilization') return averageUtilization;
  const quantity: Quantity | undefined = target === 'AverageValue' ? averageValue : value;

  return quantity && quantityToNumber(quantity);
}

function unitOf({ type, name }: MetricIdentity): 'cores' | 'bytes' | 'count' {
  if (type !== 'Resource' && type !== 'ContainerResource') return 'count';

  return name === 'cpu' ? 'cores' : name === 'memory' || name.startsWith('hugepages-') || name === 'ephemeral-storage' ? 'bytes' : 'count';
}
