/** An HPA as the API server answers it, with parts replaced. */
export function hpa({ metadata = {}, spec = {}, status = {} }: { metadata?: object; spec?: object; status?: object | null } = {}) {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'api-gateway', namespace: 'tartware-system', uid: 'uid-1', labels: { 'app.kubernetes.io/part-of': 'tartware' }, ...metadata },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api-gateway' },
      minReplicas: 12,
      maxReplicas: 150,
      metrics: [containerMetric('cpu', 70), containerMetric('memory', 80)],
      ...spec,
    },
    ...(status && {
      status: {
        currentReplicas: 12,
        desiredReplicas: 12,
        currentMetrics: [containerCurrent('cpu', 35, '350m'), containerCurrent('memory', 20, '214748364800m')],
        conditions: HEALTHY,
        ...status,
      },
    }),
  };
}

export function containerMetric(name: string, averageUtilization: number, container = 'api-gateway') {
  return { type: 'ContainerResource', containerResource: { name, container, target: { type: 'Utilization', averageUtilization } } };
}

export function containerCurrent(name: string, averageUtilization: number, averageValue: string, container = 'api-gateway') {
  return { type: 'ContainerResource', containerResource: { name, container, current: { averageUtilization, averageValue } } };
}

export function condition(type: string, status: string, reason: string) {
  return { type, status, reason, message: `because of ${ reason }`, lastTransitionTime: '2026-11-24T12:00:00Z' };
}

export const HEALTHY = [
  condition('AbleToScale', 'True', 'ReadyForNewScale'),
  condition('ScalingActive', 'True', 'ValidMetricFound'),
  condition('ScalingLimited', 'False', 'DesiredWithinRange'),
];
