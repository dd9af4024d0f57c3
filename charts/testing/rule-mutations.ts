/**
 * Ways in which the rules can be wrong: each is one change of what the chart renders, and the promtool test that has to notice it.
 * `for` is not here, it is changed for every alert alike.
 */
export interface Mutation {
  /** Whose test file notices. */
  alert: string;
  /** Text of an expression, which may be a recording rule's. */
  from: string;
  to: string;
  /** Name of the test group that must fail. */
  caughtBy: string;
}

const gatewayRate = 'sum by (cluster, namespace) (rate(gateway_requests_total{namespace="tartware-system", service="api-gateway"}[2m]))';
const guarded = 'hardly any traffic is not judged';

function latency(alert: string, quantile: string, threshold: string): Mutation[] {
  const limit = `tartware:gateway_latency_seconds:${ quantile }_5m{namespace="tartware-system"} >`;

  return [
    { alert, from: `${ limit } ${ threshold }`, to: `${ limit }= ${ threshold }`, caughtBy: 'what is exactly at the threshold is not over it' },
    { alert, from: '} > 1\n', to: '} > 0\n', caughtBy: guarded },
    { alert, from: 'sum by (cluster, namespace, le) (', to: 'sum by (cluster, namespace, le, pod) (', caughtBy: 'pods are added up before the quantile is taken' },
    { alert, from: 'and on (cluster, namespace)\n', to: 'and on (namespace)\n', caughtBy: 'slowness and traffic of different clusters or namespaces are not put together' },
  ];
}

export const mutations: Mutation[] = [
  { alert: 'TartwareHighRequestRate', from: '> 25000', to: '> 24000', caughtBy: 'exactly the threshold is not over it, and what is scraped through another Service is not added' },
  { alert: 'TartwareHighRequestRate', from: gatewayRate, to: gatewayRate.replace(', service="api-gateway"', ''), caughtBy: 'exactly the threshold is not over it, and what is scraped through another Service is not added' },
  { alert: 'TartwareHighRequestRate', from: gatewayRate, to: gatewayRate.replace('cluster, ', ''), caughtBy: 'fires for the cluster that has it, and one of the same name elsewhere is left alone' },
  { alert: 'TartwareHighRequestRate', from: gatewayRate, to: gatewayRate.replace('namespace="tartware-system", ', ''), caughtBy: 'fires for the cluster that has it, and one of the same name elsewhere is left alone' },
  ...latency('TartwareLatencyP95High', 'p95', '0.5'),
  ...latency('TartwareLatencyP99Critical', 'p99', '1'),
  { alert: 'TartwareErrorRatioHigh', from: '> 0.05', to: '>= 0.05', caughtBy: 'exactly a twentieth is not over it' },
  { alert: 'TartwareErrorRatioHigh', from: 'status_class="5xx"', to: 'status_class=~"[45]xx"', caughtBy: 'what clients get wrong or give up is no error of the platform' },
  { alert: 'TartwareErrorRatioHigh', from: '} > 1\n', to: '} > 0\n', caughtBy: guarded },
  { alert: 'TartwareErrorRatioHigh', from: '}) > 0)', to: '}))', caughtBy: 'no traffic has no share of errors' },
  { alert: 'TartwareServiceDown', from: 'deployment=~"api-gateway|', to: 'deployment=~".*|', caughtBy: 'what somebody keeps at no pods, and what is none of the platform\'s, is not down' },
  { alert: 'TartwareServiceDown', from: '}) > 0\nunless', to: '}) >= 0\nunless', caughtBy: 'what somebody keeps at no pods, and what is none of the platform\'s, is not down' },
  { alert: 'TartwareServiceDown', from: 'replicas_ready{namespace="tartware-system"}) > 0', to: 'replicas_ready{namespace="tartware-system"}) >= 0', caughtBy: 'fires after five minutes without a ready pod and not one evaluation earlier' },
  { alert: 'TartwareServiceDown', from: 'replicas_ready{namespace="tartware-system"}) > 0', to: 'replicas_ready{namespace="tartware-system"}) > 1', caughtBy: 'one ready pod of many is not down, and a restart of four minutes wakes nobody' },
  { alert: 'TartwareServiceDown', from: 'unless on (cluster, namespace, deployment)', to: 'and on (cluster, namespace, deployment)', caughtBy: 'fires when nobody reports its ready pods' },
  { alert: 'TartwareServiceDown', from: 'unless on (cluster, namespace, deployment)', to: 'unless on (namespace, deployment)', caughtBy: 'ready pods of another cluster or namespace do not stand in, and two that report the same make one alert' },
  { alert: 'TartwareServiceDown', from: 'max by (cluster, namespace, deployment) (kube_deployment_spec_replicas{', to: '(kube_deployment_spec_replicas{', caughtBy: 'ready pods of another cluster or namespace do not stand in, and two that report the same make one alert' },
  { alert: 'TartwareServiceDown', from: 'kube_deployment_spec_replicas{namespace="tartware-system", ', to: 'kube_deployment_spec_replicas{', caughtBy: 'ready pods of another cluster or namespace do not stand in, and two that report the same make one alert' },
  { alert: 'TartwareHpaMaxedOut', from: '!= max by', to: '>= max by', caughtBy: 'an autoscaler that is pinned means to be at its maximum' },
  { alert: 'TartwareHpaMaxedOut', from: 'condition="ScalingLimited", status="true"', to: 'condition="ScalingActive", status="true"', caughtBy: 'an autoscaler whose metrics ask for exactly its maximum is served' },
  { alert: 'TartwareHpaMaxedOut', from: '>= bool', to: '<= bool', caughtBy: 'limits elsewhere do not count, and KEDA\'s prefix is taken off the service\'s name' },
  { alert: 'TartwareHpaMaxedOut', from: '"^keda-hpa-"', to: '"^x-"', caughtBy: 'limits elsewhere do not count, and KEDA\'s prefix is taken off the service\'s name' },
  { alert: 'TartwareHpaMaxedOut', from: 'max by (cluster, namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_current_replicas{namespace="tartware-system"})\n>=', to: 'kube_horizontalpodautoscaler_status_current_replicas{namespace="tartware-system"}\n>=', caughtBy: 'two that report the same autoscaler make one alert' },
  { alert: 'TartwareHpaUnableToScale', from: '}) > 0', to: '}) >= 0', caughtBy: 'a target that somebody keeps at no pods is not meant to scale' },
  { alert: 'TartwareHpaUnableToScale', from: 'condition=~"ScalingActive|AbleToScale"', to: 'condition=~".+"', caughtBy: 'only the two conditions count, each for its own cluster and namespace' },
  { alert: 'TartwareDatabasePoolHigh', from: '> 0.8', to: '>= 0.8', caughtBy: 'exactly the threshold is not over it, and a wait of a moment is none' },
  { alert: 'TartwareDatabasePoolHigh', from: 'db_pool_waiting:sum{namespace="tartware-system"} > 0', to: 'db_pool_waiting:sum{namespace="tartware-system"} > 99', caughtBy: 'fires when callers wait, though connections are free in other pods' },
  { alert: 'TartwareDatabasePoolHigh', from: 'sum by (cluster, namespace, service) (db_pool_active', to: 'sum by (cluster, namespace, service, pod) (db_pool_active', caughtBy: 'fires after five minutes over the threshold and not one evaluation earlier' },
  { alert: 'TartwareOutboxStuck', from: 'max_over_time(outbox_oldest_age_seconds{namespace="tartware-system"}[3m])', to: 'outbox_oldest_age_seconds{namespace="tartware-system"}', caughtBy: 'fires after five minutes of an old event and not one evaluation earlier' },
  { alert: 'TartwareOutboxStuck', from: 'outbox_oldest_age_seconds{namespace="tartware-system"}[3m]', to: 'outbox_oldest_age_seconds{namespace="tartware-system"}[5m]', caughtBy: 'what is over alerts nobody afterwards, and is forgotten after three minutes' },
  { alert: 'TartwareOutboxStuck', from: 'outbox_set_aside{namespace="tartware-system"}[3m]', to: 'outbox_set_aside{namespace="tartware-system"}[5m]', caughtBy: 'what is over alerts nobody afterwards, and is forgotten after three minutes' },
  { alert: 'TartwareOutboxStuck', from: 'outbox_relay_failures_total{namespace="tartware-system"}[3m]', to: 'outbox_relay_failures_total{namespace="tartware-system"}[5m]', caughtBy: 'what is over alerts nobody afterwards, and is forgotten after three minutes' },
  { alert: 'TartwareOutboxStuck', from: '> 60', to: '>= 60', caughtBy: 'attempts that fail now and then while others get through are a broker\'s restart' },
  { alert: 'TartwareOutboxStuck', from: 'increase(outbox_relay_failures_total{namespace="tartware-system"}[3m])) > 0', to: 'increase(outbox_relay_failures_total{namespace="tartware-system"}[3m])) > 1e9', caughtBy: 'fires when attempts fail and nothing gets through, though no scrape hits the gauge in time' },
  { alert: 'TartwareOutboxStuck', from: 'unless\n', to: 'and\n', caughtBy: 'attempts that fail now and then while others get through are a broker\'s restart' },
  { alert: 'TartwareOutboxStuck', from: '(outbox_set_aside{', to: '(outbox_pending{', caughtBy: 'fires for an event that Kafka finds too large' },
  { alert: 'TartwareConsumerLagHigh', from: '> 10000', to: '>= 10000', caughtBy: 'a backlog that is worked off in time, and one of exactly the threshold, are none' },
  { alert: 'TartwareConsumerLagHigh', from: 'service, group) (kafka', to: 'service, group, topic) (kafka', caughtBy: 'fires after ten minutes behind and not one evaluation earlier' },
  { alert: 'TartwareMetricsAbsent', from: 'up{namespace="tartware-system"} == 1\n', to: 'up{namespace="tartware-system"} >= 0\n', caughtBy: 'fires when ready pods cannot be scraped' },
  { alert: 'TartwareMetricsAbsent', from: 'unless on (cluster, namespace, service)\n  up{namespace="tartware-system"}', to: 'unless on (namespace, service)\n  up{namespace="tartware-system"}', caughtBy: 'the series of another cluster or namespace do not stand in' },
  { alert: 'TartwareMetricsAbsent', from: ', service!="api-gateway"} == 1)', to: '} == 1)', caughtBy: 'a platform without traffic lacks nothing' },
  { alert: 'TartwareMetricsAbsent', from: '  tartware:gateway_requests:rate2m{namespace="tartware-system"}\n', to: '  up{namespace="tartware-system"}\n', caughtBy: 'fires when the gateway is scraped and its requests are not among what it tells' },
  { alert: 'TartwareMetricsAbsent', from: '  db_pool_max{namespace="tartware-system"}\n', to: '  up{namespace="tartware-system"}\n', caughtBy: 'fires when a service is scraped and its pool is not among what it tells' },
  { alert: 'TartwareMetricsAbsent', from: '  kube_deployment_status_replicas_ready{namespace="tartware-system"}\n', to: '  up{namespace="tartware-system"}\n', caughtBy: 'fires when nobody reports Deployments and autoscalers' },
  { alert: 'TartwareMetricsAbsent', from: '  kube_horizontalpodautoscaler_spec_max_replicas{namespace="tartware-system"}\n', to: '  up{namespace="tartware-system"}\n', caughtBy: 'fires when Deployments are reported and autoscalers are not' },
  { alert: 'TartwareMetricsAbsent', from: 'unless on (cluster, namespace)\n  kube_horizontalpodautoscaler_spec', to: 'unless on (namespace)\n  kube_horizontalpodautoscaler_spec', caughtBy: 'fires when Deployments are reported and autoscalers are not' },
  { alert: 'TartwareMetricsAbsent', from: '  and on (cluster, namespace)\n  kube_deployment_status_replicas_ready{namespace="tartware-system"}\n', to: '', caughtBy: 'fires when nobody reports Deployments and autoscalers' },
  { alert: 'TartwareMetricsAbsent', from: 'deployment=~"api-gateway|', to: 'deployment=~".*|', caughtBy: 'what is switched off, scaled to nothing, or none of the platform\'s may be silent' },
];
