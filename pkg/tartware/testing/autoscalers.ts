interface ServiceShape {
  min?: number;
  max?: number;
  current?: number;
  desired?: number;
  cpu?: number;
  /** It wants more than its maximum. */
  limited?: boolean;
  uid?: string;
}

/** An object as the API server answers it, for a service with 70 % CPU and 80 % memory as targets. */
export function autoscalerObject(name: string, { min = 8, max = 80, current = 20, desired, cpu = 60, limited = false, uid = `uid-${ name }` }: ServiceShape = {}) {
  const resource = (metric: string, averageUtilization: number) => ({ type: 'ContainerResource', containerResource: { name: metric, container: name, current: { averageUtilization } } });
  const target = (metric: string, averageUtilization: number) => ({
    type: 'ContainerResource', containerResource: { name: metric, container: name, target: { type: 'Utilization', averageUtilization } },
  });

  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name, namespace: 'tartware-system', uid, labels: { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': 'tartware' },
    },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas: min, maxReplicas: max, metrics: [target('cpu', 70), target('memory', 80)] },
    status: {
      currentReplicas: current,
      desiredReplicas: desired ?? current,
      currentMetrics: [resource('cpu', cpu), resource('memory', 40)],
      conditions: [
        { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: '' },
        { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'from cpu container resource utilization' },
        limited
          ? { type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas', message: '' }
          : { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange', message: '' },
      ],
    },
  };
}

/** A Prometheus answer with one value per service. */
export function vectorAnswer(values: Record<string, number>) {
  return { warnings: [], samples: Object.entries(values).map(([service, value]) => ({ labels: { service }, time: 0, value })) };
}

/** A Deployment whose pods ask for one core and 1 Gi. */
export function deploymentObject(name: string) {
  return { metadata: { name }, spec: { template: { spec: { containers: [{ name, resources: { requests: { cpu: '1', memory: '1Gi' } } }] } } } };
}

export function quotaObject(hard: Record<string, string>, used: Record<string, string>) {
  return { metadata: { name: 'tartware' }, spec: { hard }, status: { hard, used } };
}
