import { conditionMeaning, formatAge, scalingState } from '@tartware/domain';
import type { Autoscaler, Condition, MetricIdentity, ScalingStateName } from '@tartware/domain';
import { useText } from './useText.ts';

/** The states that RcStatusBadge has colours for. */
export type BadgeStatus = 'success' | 'warning' | 'error' | 'info' | 'unknown';

export interface Badge {
  status: BadgeStatus;
  text: string;
  /** The longer sentence behind it. */
  why: string;
}

export interface Words {
  serviceName: (name: string) => string;
  state: (autoscaler: Autoscaler) => Badge;
  condition: (condition: Condition) => string;
  metricName: (metric: MetricIdentity) => string;
  /** Both in milliseconds since the epoch. */
  timeAgo: (time: number, now: number) => string;
}

const KNOWN_SERVICES = new Set(['api-gateway', 'core', 'reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command-center']);
const KNOWN_RESOURCES = new Set(['cpu', 'memory']);

const STATUS: Record<ScalingStateName, BadgeStatus> = {
  unknown: 'unknown', unable: 'error', disabled: 'warning', 'at-maximum': 'error', 'scaling-up': 'warning', 'scaling-down': 'info', steady: 'success',
};

/** Says in words what the domain found out. */
export function useWords(): Words {
  const t = useText();

  function condition(found: Condition): string {
    const { key } = conditionMeaning(found);

    // A reason that we do not know speaks for itself, as the controller wrote it.
    return key ? t(key) : [found.reason, found.message].filter(Boolean).join(': ');
  }

  return {
    serviceName: (name) => (KNOWN_SERVICES.has(name) ? t(`service.${ name }`) : name),
    condition,
    state(autoscaler) {
      const { name, reason } = scalingState(autoscaler);

      return { status: STATUS[name], text: t(`scalingState.${ name }.text`), why: reason ? condition(reason) : t(`scalingState.${ name }.why`) };
    },
    metricName(metric) {
      const resource = metric.type === 'Resource' || metric.type === 'ContainerResource';
      const name = resource && KNOWN_RESOURCES.has(metric.name) ? t(`metric.${ metric.name }`) : metric.name;

      return metric.container ? t('metric.ofContainer', { name, container: metric.container }) : name;
    },
    timeAgo: (time, now) => (now - time < 1000 ? t('ago.now') : t('ago.time', { age: formatAge(time, now) })),
  };
}
