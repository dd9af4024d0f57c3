import { histogramQuantile, maxBy, rate, ratio, select, sumBy } from './promql.ts';
import type { Expression, Matcher } from './promql.ts';

/** Which series the pages look at. */
export interface MetricsScope {
  namespace: string;
  /** Seconds that a rate looks back: at least four scrapes, so that a lost one leaves no hole. */
  windowSeconds: number;
}

/** The service whose figures are the platform's: every request comes through it, so adding up all services would count requests twice. */
export const GATEWAY = 'api-gateway';

const REQUESTS = 'http_requests_total';
const BUCKETS = 'http_request_duration_seconds_bucket';

/** Requests per second: one series per `service`. */
export function requestRate(scope: MetricsScope): Expression {
  return sumBy(['service'], rate(select(REQUESTS, within(scope)), scope.windowSeconds));
}

/** Seconds: one series per `service`. Buckets are added up before the quantile is taken; quantiles cannot be averaged. */
export function latencyQuantile(scope: MetricsScope, quantile: number): Expression {
  return histogramQuantile(quantile, sumBy(['service', 'le'], rate(select(BUCKETS, within(scope)), scope.windowSeconds)));
}

/** 0 to 1: one series per `service` that had requests; answers with 5xx are errors. */
export function errorRatio(scope: MetricsScope): Expression {
  const failed = select(REQUESTS, [...within(scope), { label: 'status_code', is: 'matches', value: '5..' }]);

  return ratio(sumBy(['service'], rate(failed, scope.windowSeconds)), requestRate(scope));
}

/** Requests per second of the whole platform: what the gateway took in, as one series without labels. */
export function totalRequestRate(scope: MetricsScope): Expression {
  return sumBy([], rate(select(REQUESTS, throughGateway(scope)), scope.windowSeconds));
}

/** Seconds, as the gateway's callers see it: one series without labels. */
export function totalLatencyQuantile(scope: MetricsScope, quantile: number): Expression {
  return histogramQuantile(quantile, sumBy(['le'], rate(select(BUCKETS, throughGateway(scope)), scope.windowSeconds)));
}

/** 0 to 1, as the gateway's callers see it: one series without labels. */
export function totalErrorRatio(scope: MetricsScope): Expression {
  const failed = select(REQUESTS, [...throughGateway(scope), { label: 'status_code', is: 'matches', value: '5..' }]);

  return ratio(sumBy([], rate(failed, scope.windowSeconds)), totalRequestRate(scope));
}

/** What kube-state-metrics knows of each autoscaler, as one series per `horizontalpodautoscaler` (named like its service). */
const AUTOSCALER_METRICS = {
  current: 'kube_horizontalpodautoscaler_status_current_replicas',
  desired: 'kube_horizontalpodautoscaler_status_desired_replicas',
  min: 'kube_horizontalpodautoscaler_spec_min_replicas',
  max: 'kube_horizontalpodautoscaler_spec_max_replicas',
} as const;

/** Pods: the history that the API server does not keep. `max` because a restarted kube-state-metrics overlaps with its successor. */
export function autoscalerReplicas({ namespace }: Pick<MetricsScope, 'namespace'>, which: keyof typeof AUTOSCALER_METRICS): Expression {
  return maxBy(['horizontalpodautoscaler'], select(AUTOSCALER_METRICS[which], within({ namespace })));
}

/** Pods that are ready: one series per `deployment`. */
export function readyPods({ namespace }: Pick<MetricsScope, 'namespace'>): Expression {
  return maxBy(['deployment'], select('kube_deployment_status_replicas_ready', within({ namespace })));
}

function within({ namespace }: Pick<MetricsScope, 'namespace'>): Matcher[] {
  return [{ label: 'namespace', is: 'equal', value: namespace }];
}

function throughGateway(scope: MetricsScope): Matcher[] {
  return [...within(scope), { label: 'service', is: 'equal', value: GATEWAY }];
}
