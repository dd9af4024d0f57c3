import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Charts } from './testing/helm.ts';
import { named, ofKind } from './testing/manifests.ts';
import type { Manifest, ScaledObject } from './testing/manifests.ts';

const name = 'service-template';
const withKeda = ['--api-versions', 'keda.sh/v1alpha1', '--set', 'autoscaling.mode=keda'];
let charts: Charts;

const render = (args: string[], ...settings: string[]): Manifest[] => charts.render(name, [...args, ...settings.flatMap((setting) => ['--set', setting])]);

beforeAll(() => {
  charts = new Charts();
});
afterAll(() => charts.remove());

test('the modes exclude each other, and scale the same target between the same bounds', () => {
  const [hpa, keda] = [render([]), render(withKeda)];

  expect([ofKind(hpa, 'HorizontalPodAutoscaler').length, ofKind(hpa, 'ScaledObject').length]).toEqual([1, 0]);
  expect([ofKind(keda, 'HorizontalPodAutoscaler').length, ofKind(keda, 'ScaledObject').length]).toEqual([0, 1]);
  const scaler = named(hpa, 'HorizontalPodAutoscaler', name).spec;
  const scaled = named(keda, 'ScaledObject', name).spec;

  expect([scaled.scaleTargetRef, scaled.minReplicaCount, scaled.maxReplicaCount]).toEqual([scaler.scaleTargetRef, scaler.minReplicas, scaler.maxReplicas]);
  expect(scaled.advanced.horizontalPodAutoscalerConfig).toEqual({ name, behavior: scaler.behavior });
});

describe('mode hpa', () => {
  test('doubles within 15 s after a look back of 30 s, and gives back a tenth a minute after five minutes', () => {
    expect(named(render([]), 'HorizontalPodAutoscaler', name).spec.behavior).toEqual({
      scaleUp: { stabilizationWindowSeconds: 30, policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
      scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] },
    });
  });

  test('follows requests per second where asked to, beside CPU and memory', () => {
    const { metrics } = named(render([], 'autoscaling.customMetrics.requestsPerSecond=300'), 'HorizontalPodAutoscaler', name).spec;

    expect(metrics.map(({ type }) => type)).toEqual(['ContainerResource', 'ContainerResource', 'Pods']);
    expect(metrics[2]?.pods).toEqual({ metric: { name: 'http_requests_per_second' }, target: { type: 'AverageValue', averageValue: '300' } });
  });
});

describe('mode keda', () => {
  const scaledObject = (...settings: string[]): ScaledObject => named(render(withKeda, ...settings), 'ScaledObject', name);
  const query = (...settings: string[]): string | undefined => scaledObject('autoscaling.customMetrics.requestsPerSecond=300', ...settings).spec.triggers[2]?.metadata.query;

  test('watches CPU and memory of the service\'s own container', () => {
    expect(scaledObject().spec.triggers).toEqual([['cpu', '70'], ['memory', '80']].map(([type, value]) => ({ type, metricType: 'Utilization', metadata: { value, containerName: name } })));
    // KEDA refuses a fallback that no trigger but these two could need.
    expect(scaledObject().spec.fallback).toBeUndefined();
  });

  test('asks Prometheus for requests per second, tells none from unknown, and keeps its pods when there is no answer', () => {
    const { triggers: [, , trigger], fallback } = scaledObject('autoscaling.customMetrics.requestsPerSecond=300', 'autoscaling.minReplicas=3').spec;

    expect(trigger).toMatchObject({ type: 'prometheus', metricType: 'AverageValue', metadata: { threshold: '300', ignoreNullValues: 'false' } });
    expect(trigger?.metadata.query).toContain('or 0 * sum(up{namespace="tartware-system",service="service-template"} == 1)');
    expect(fallback).toEqual({ behavior: 'currentReplicasIfHigher', failureThreshold: 3, replicas: 3 });
  });

  test('latency only makes requests count for more, at most double', () => {
    expect(query()).not.toContain('histogram_quantile');
    expect(query('autoscaling.customMetrics.latencyP95Milliseconds=900')).toContain(`${ query() ?? '' } * (clamp(1000 * histogram_quantile(0.95, `);
    expect(query('autoscaling.customMetrics.latencyP95Milliseconds=900')).toContain('/ 900, 1, 2) > 0 or vector(1))');
  });

  test('takes over the autoscaler that is there, and leaves pausing to the operators', () => {
    expect(scaledObject().metadata.annotations).toEqual({ 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' });
  });
});

describe('what cannot work is refused, saying what to change', () => {
  test.each([
    ['keda without KEDA', ['--set', 'autoscaling.mode=keda'], 'keda needs KEDA, and this cluster does not know keda.sh/v1alpha1; install KEDA first, or set the mode to hpa'],
    ['both at once', ['--set', 'autoscaling.mode=both'], "'/autoscaling/mode': value must be one of 'hpa', 'keda'"],
    ['latency alone', [...withKeda, '--set', 'autoscaling.customMetrics.latencyP95Milliseconds=900'], 'only strengthens the signal of requestsPerSecond'],
    ['latency in mode hpa', ['--set', 'autoscaling.customMetrics.latencyP95Milliseconds=900,autoscaling.customMetrics.requestsPerSecond=300'], 'only in mode keda'],
    ['an endless window', ['--set', 'autoscaling.behavior.scaleDown.stabilizationWindowSeconds=3601'], "'/autoscaling/behavior/scaleDown/stabilizationWindowSeconds': maximum"],
  ])('%s', (_, args, message) => {
    const { ok, output } = charts.template(name, args);

    expect(ok).toBe(false);
    expect(output).toContain(message);
  });
});
