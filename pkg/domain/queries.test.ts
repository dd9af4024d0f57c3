import { describe, expect, it } from 'vitest';
import {
  autoscalerReplicas, errorRatio, latencyQuantile, readyPods, requestRate, totalErrorRatio, totalLatencyQuantile, totalRequestRate,
} from './queries.ts';

const scope = { namespace: 'tartware-system', windowSeconds: 120 };
const ALL = 'namespace="tartware-system"';
const GATEWAY = `${ ALL },service="api-gateway"`;

describe('what the pages ask Prometheus', () => {
  it.each([
    ['requests of each service', requestRate(scope), `sum by (service) (rate(http_requests_total{${ ALL }}[120s]))`],
    ['latency of each service, buckets added up first', latencyQuantile(scope, 0.95),
      `histogram_quantile(0.95, sum by (service,le) (rate(http_request_duration_seconds_bucket{${ ALL }}[120s])))`],
    ['errors of each service', errorRatio(scope),
      `(sum by (service) (rate(http_requests_total{${ ALL },status_code=~"5.."}[120s])) or 0 * sum by (service) (rate(http_requests_total{${ ALL }}[120s])))`
      + ` / (sum by (service) (rate(http_requests_total{${ ALL }}[120s])) > 0)`],
    ['requests of the platform', totalRequestRate(scope), `sum(rate(http_requests_total{${ GATEWAY }}[120s]))`],
    ['latency of the platform', totalLatencyQuantile(scope, 0.99), `histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{${ GATEWAY }}[120s])))`],
    ['errors of the platform', totalErrorRatio(scope),
      `(sum(rate(http_requests_total{${ GATEWAY },status_code=~"5.."}[120s])) or 0 * sum(rate(http_requests_total{${ GATEWAY }}[120s])))`
      + ` / (sum(rate(http_requests_total{${ GATEWAY }}[120s])) > 0)`],
    ['pods that autoscalers want', autoscalerReplicas(scope, 'desired'), `max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_desired_replicas{${ ALL }})`],
    ['ready pods', readyPods(scope), `max by (deployment) (kube_deployment_status_replicas_ready{${ ALL }})`],
  ])('%s', (_what, { promql }, expected) => {
    expect(promql).toBe(expected);
  });

  it('keeps a namespace from elsewhere inside its string', () => {
    expect(readyPods({ namespace: 'x"} or vector(1)' }).promql).toContain('{namespace="x\\"} or vector(1)"}');
  });
});
