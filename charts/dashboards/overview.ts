import { CLUSTER, NAMESPACE, SCOPE } from './model.ts';
import type { Dashboard, Panel, Row } from './model.ts';

const GATEWAY = `${ SCOPE }, service="api-gateway"`;
const requests = `sum(rate(gateway_requests_total{${ GATEWAY }}[$__rate_interval]))`;
const errors = `sum(rate(gateway_requests_total{${ GATEWAY }, status_class="5xx"}[$__rate_interval]))`;
const errorRatio = `${ errors } / (${ requests } > 0)`;
const quantile = (q: number): string => `histogram_quantile(${ q }, sum by (le) (rate(gateway_request_duration_seconds_bucket{${ GATEWAY }}[$__rate_interval])))`;
/** `max` because a restarted kube-state-metrics overlaps with its successor. */
const autoscalers = (metric: string): string => `max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_${ metric }{${ SCOPE }})`;

const now: Row = {
  title: 'Now',
  panels: [
    { title: 'Requests', kind: 'stat', unit: 'reqps', width: 4, limit: { value: 25_000, severity: 'warning' }, description: 'What the gateway takes in. The platform is sized for 30,000 per second.', queries: [{ expr: requests, legend: 'requests' }] },
    { title: 'P95', kind: 'stat', unit: 's', width: 4, limit: { value: 0.5, severity: 'warning' }, description: 'As the gateway\'s callers see it.', queries: [{ expr: quantile(0.95), legend: 'P95' }] },
    { title: 'P99', kind: 'stat', unit: 's', width: 4, limit: { value: 1, severity: 'critical' }, description: 'As the gateway\'s callers see it.', queries: [{ expr: quantile(0.99), legend: 'P99' }] },
    { title: 'Errors', kind: 'stat', unit: 'percentunit', width: 4, limit: { value: 0.05, severity: 'critical' }, description: 'Answers with 5xx as a share of all.', queries: [{ expr: errorRatio, legend: 'errors' }] },
    { title: 'Pods ready', kind: 'stat', unit: 'short', width: 4, description: 'Of all services together.', queries: [{ expr: `sum(max by (deployment) (kube_deployment_status_replicas_ready{${ SCOPE }}))`, legend: 'pods' }] },
    { title: 'Alerts firing', kind: 'stat', unit: 'short', width: 4, limit: { value: 1, severity: 'critical' }, description: 'Each has a runbook.', queries: [{ expr: `count(ALERTS{${ SCOPE }, alertname=~"Tartware.+", alertstate="firing"}) or vector(0)`, legend: 'alerts' }] },
  ],
};

const traffic: Row = {
  title: 'Traffic',
  panels: [
    { title: 'Request rate', kind: 'timeseries', unit: 'reqps', width: 12, limit: { value: 25_000, severity: 'warning' }, description: 'At the gateway; the services behind it answer parts of the same requests and are not added.', queries: [{ expr: requests, legend: 'gateway' }] },
    { title: 'Request rate by service', kind: 'timeseries', unit: 'reqps', width: 12, description: 'What each service answers, calls among services included.', queries: [{ expr: `sum by (service) (rate(http_requests_total{${ SCOPE }}[$__rate_interval]))`, legend: '{{service}}' }] },
    { title: 'Latency', kind: 'timeseries', unit: 's', width: 12, limit: { value: 0.5, severity: 'warning' }, description: 'P95 alerts from 0.5 s on, P99 from 1 s on.', queries: [{ expr: quantile(0.95), legend: 'P95' }, { expr: quantile(0.99), legend: 'P99' }] },
    { title: 'P95 by service', kind: 'timeseries', unit: 's', width: 12, description: 'A service\'s latency includes that of those it calls: the innermost slow one is the cause.', queries: [{ expr: `histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket{${ SCOPE }}[$__rate_interval])))`, legend: '{{service}}' }] },
    { title: 'Errors', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.05, severity: 'critical' }, description: '5xx as a share of the gateway\'s answers.', queries: [{ expr: errorRatio, legend: 'gateway' }] },
    { title: 'Errors by service', kind: 'timeseries', unit: 'reqps', width: 12, description: 'Answers with 5xx per second.', queries: [{ expr: `sum by (service, status_code) (rate(http_requests_total{${ SCOPE }, status_code=~"5.."}[$__rate_interval]))`, legend: '{{service}} {{status_code}}' }] },
  ],
};

const conditions: Panel = {
  title: 'Autoscalers in trouble', kind: 'timeseries', unit: 'short', width: 12, limit: { value: 1, severity: 'critical' }, description: '1: it cannot scale, or would go beyond its maximum.',
  queries: [
    { expr: `max by (horizontalpodautoscaler, condition) (kube_horizontalpodautoscaler_status_condition{${ SCOPE }, condition=~"ScalingActive|AbleToScale", status="false"})`, legend: '{{horizontalpodautoscaler}}: {{condition}} is false' },
    { expr: `tartware:hpa_at_max:bool{${ SCOPE }} * on (horizontalpodautoscaler) max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_condition{${ SCOPE }, condition="ScalingLimited", status="true"})`, legend: '{{horizontalpodautoscaler}}: at its maximum' },
  ],
};

const scaling: Row = {
  title: 'Pod scaling',
  panels: [
    { title: 'Pods by service', kind: 'timeseries', unit: 'short', width: 12, stacked: true, description: 'Current pods of each autoscaler.', queries: [{ expr: autoscalers('status_current_replicas'), legend: '{{horizontalpodautoscaler}}' }] },
    { title: 'Of the maximum', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 1, severity: 'warning' }, description: 'At 100 % no further pod is allowed.', queries: [{ expr: `${ autoscalers('status_current_replicas') } / ${ autoscalers('spec_max_replicas') }`, legend: '{{horizontalpodautoscaler}}' }] },
    { title: 'Wanted and not there', kind: 'timeseries', unit: 'short', width: 12, description: 'Pods that the autoscaler wants and that are not ready: pending, starting or failing.', queries: [{ expr: `clamp_min(${ autoscalers('status_desired_replicas') } - on (horizontalpodautoscaler) label_replace(max by (deployment) (kube_deployment_status_replicas_ready{${ SCOPE }}), "horizontalpodautoscaler", "$1", "deployment", "(.*)"), 0)`, legend: '{{horizontalpodautoscaler}}' }] },
    conditions,
    { title: 'Time at the maximum, of 24 hours', kind: 'timeseries', unit: 'percentunit', width: 24, description: 'A service that spends much of a day there wants a greater maximum.', queries: [{ expr: `avg_over_time(tartware:hpa_at_max:bool{${ SCOPE }}[24h])`, legend: '{{horizontalpodautoscaler}}' }] },
  ],
};

export const overview: Dashboard = {
  uid: 'tartware-overview',
  title: 'Tartware Overview',
  description: 'Request rate, latency, errors and pods of the whole platform.',
  variables: [CLUSTER, NAMESPACE],
  rows: [now, traffic, scaling],
};
