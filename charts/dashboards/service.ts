import { CLUSTER, NAMESPACE, SCOPE, SERVICE } from './model.ts';
import type { Dashboard, Row } from './model.ts';

const GATEWAY = `${ SCOPE }, service="api-gateway"`;
const CHOSEN = `${ SCOPE }, service="$service"`;
const rate = (metric: string, of = CHOSEN): string => `rate(${ metric }{${ of }}[$__rate_interval])`;
const quantile = (q: number, by: string, metric: string): string => `histogram_quantile(${ q }, sum by (${ by }) (${ rate(`${ metric }_bucket`) }))`;

const gateway: Row = {
  title: 'Gateway throughput',
  panels: [
    { title: 'Answers', kind: 'timeseries', unit: 'reqps', width: 8, stacked: true, description: 'By status; 499: the client gave up.', queries: [{ expr: `sum by (status_code) (${ rate('http_requests_total', GATEWAY) })`, legend: '{{status_code}}' }] },
    { title: 'In flight', kind: 'timeseries', unit: 'short', width: 8, description: 'Requests sent to each service and not answered yet.', queries: [{ expr: `sum by (upstream) (gateway_upstream_in_flight{${ GATEWAY }})`, legend: '{{upstream}}' }] },
    { title: 'Turned away', kind: 'timeseries', unit: 'reqps', width: 8, description: 'By limits of tenants, or since the gateway is overloaded.', queries: [{ expr: `sum by (reason) (${ rate('gateway_turned_away_total', GATEWAY) })`, legend: '{{reason}}' }] },
    { title: 'Retries', kind: 'timeseries', unit: 'reqps', width: 8, description: 'Second attempts after a failure.', queries: [{ expr: `sum by (upstream) (${ rate('gateway_retries_total', GATEWAY) })`, legend: '{{upstream}}' }] },
    { title: 'Circuit breakers', kind: 'timeseries', unit: 'short', width: 8, limit: { value: 1, severity: 'warning' }, description: '0 closed, 1 half-open, 2 open: the worst of all pods.', queries: [{ expr: `max by (upstream) (gateway_breaker_state{${ GATEWAY }})`, legend: '{{upstream}}' }] },
    { title: 'Event loop', kind: 'timeseries', unit: 's', width: 8, description: 'How late the gateway\'s loop is: average over the pods, and the worst.', queries: [{ expr: `avg(gateway_event_loop_delay_seconds{${ GATEWAY }})`, legend: 'average' }, { expr: `max(gateway_event_loop_delay_seconds{${ GATEWAY }})`, legend: 'worst' }] },
  ],
};

const requests: Row = {
  title: 'Requests of $service',
  panels: [
    { title: 'Requests by route', kind: 'timeseries', unit: 'reqps', width: 8, description: 'The ten busiest.', queries: [{ expr: `topk(10, sum by (method, route) (${ rate('http_requests_total') }))`, legend: '{{method}} {{route}}' }] },
    { title: 'Latency', kind: 'timeseries', unit: 's', width: 8, description: 'Of all routes together.', queries: [0.5, 0.95, 0.99].map((q) => ({ expr: quantile(q, 'le', 'http_request_duration_seconds'), legend: `P${ q * 100 }` })) },
    { title: 'P95 by route', kind: 'timeseries', unit: 's', width: 8, description: 'The ten slowest.', queries: [{ expr: `topk(10, ${ quantile(0.95, 'method, route, le', 'http_request_duration_seconds') })`, legend: '{{method}} {{route}}' }] },
  ],
};

const database: Row = {
  title: 'Database queries of $service',
  panels: [
    { title: 'Statements', kind: 'timeseries', unit: 'ops', width: 8, description: 'The ten most frequent.', queries: [{ expr: `topk(10, sum by (operation) (${ rate('db_query_duration_seconds_count') }))`, legend: '{{operation}}' }] },
    { title: 'P95 by statement', kind: 'timeseries', unit: 's', width: 8, description: 'The ten slowest.', queries: [{ expr: `topk(10, ${ quantile(0.95, 'operation, le', 'db_query_duration_seconds') })`, legend: '{{operation}}' }] },
    { title: 'Connections busy with', kind: 'timeseries', unit: 'short', width: 8, stacked: true, description: 'Seconds per second: what a statement costs altogether. The ten dearest.', queries: [{ expr: `topk(10, sum by (operation) (${ rate('db_query_duration_seconds_sum') }))`, legend: '{{operation}}' }] },
    { title: 'Pool', kind: 'timeseries', unit: 'percentunit', width: 12, limit: { value: 0.8, severity: 'warning' }, description: 'Connections in use of those that all pods may open, and of the fullest pod.', queries: [{ expr: `sum(db_pool_active{${ CHOSEN }}) / sum(db_pool_max{${ CHOSEN }})`, legend: 'all pods' }, { expr: `max(db_pool_active{${ CHOSEN }} / db_pool_max{${ CHOSEN }})`, legend: 'fullest pod' }] },
    { title: 'Connections', kind: 'timeseries', unit: 'short', width: 12, description: 'Callers that wait are requests that wait.', queries: ['active', 'idle', 'waiting'].map((state) => ({ expr: `sum(db_pool_${ state }{${ CHOSEN }})`, legend: state })) },
  ],
};

const cache: Row = {
  title: 'Cache of $service',
  panels: [
    { title: 'Hit rate', kind: 'timeseries', unit: 'percentunit', width: 12, description: 'Answers that were kept, as a share of all asked for. It falls when Redis is away.', queries: [{ expr: `sum by (cache) (${ rate('cache_hits_total') }) / (sum by (cache) (${ rate('cache_hits_total') }) + sum by (cache) (${ rate('cache_misses_total') }))`, legend: '{{cache}}' }] },
    { title: 'Loads', kind: 'timeseries', unit: 'ops', width: 12, description: 'Answers that had to be loaded: work that the cache did not save.', queries: [{ expr: `sum by (cache) (${ rate('cache_misses_total') })`, legend: '{{cache}}' }] },
  ],
};

const queues: Row = {
  title: 'Queues of $service',
  panels: [
    { title: 'Queue lag', kind: 'timeseries', unit: 'short', width: 8, limit: { value: 10_000, severity: 'warning' }, description: 'Events that wait for this service.', queries: [{ expr: `sum by (group, topic) (kafka_consumer_lag{${ CHOSEN }})`, legend: '{{group}} ← {{topic}}' }] },
    { title: 'Consumed', kind: 'timeseries', unit: 'ops', width: 8, description: 'Events by what became of them.', queries: [{ expr: `sum by (consumer, outcome) (${ rate('events_consumed_total') })`, legend: '{{consumer}} {{outcome}}' }] },
    { title: 'Failed attempts', kind: 'timeseries', unit: 'ops', width: 8, description: 'Handling an event, and sending to Kafka.', queries: [{ expr: `sum by (consumer) (${ rate('event_failures_total') })`, legend: '{{consumer}}' }, { expr: `sum(${ rate('outbox_relay_failures_total') })`, legend: 'relay' }] },
    { title: 'Outbox', kind: 'timeseries', unit: 'short', width: 8, description: 'Events not in Kafka yet, and those that it finds too large. Only the pod that relays counts, and who that is changes: the greatest of five minutes.', queries: [{ expr: `max(max_over_time(outbox_pending{${ CHOSEN }}[5m]))`, legend: 'waiting' }, { expr: `max(max_over_time(outbox_set_aside{${ CHOSEN }}[5m]))`, legend: 'set aside' }] },
    { title: 'Age of the oldest event', kind: 'timeseries', unit: 's', width: 8, limit: { value: 60, severity: 'critical' }, description: 'In the outbox; the greatest of five minutes.', queries: [{ expr: `max(max_over_time(outbox_oldest_age_seconds{${ CHOSEN }}[5m]))`, legend: 'oldest' }] },
    { title: 'Published', kind: 'timeseries', unit: 'ops', width: 8, description: 'Events that Kafka has taken.', queries: [{ expr: `sum(${ rate('outbox_published_total') })`, legend: 'published' }] },
  ],
};

const processes: Row = {
  title: 'Pods of $service',
  panels: [
    { title: 'CPU', kind: 'timeseries', unit: 'cores', width: 8, description: 'By pod.', queries: [{ expr: `sum by (pod) (${ rate('process_cpu_seconds_total') })`, legend: '{{pod}}' }] },
    { title: 'Memory', kind: 'timeseries', unit: 'bytes', width: 8, description: 'Resident, by pod.', queries: [{ expr: `sum by (pod) (process_resident_memory_bytes{${ CHOSEN }})`, legend: '{{pod}}' }] },
    { title: 'Event loop, P99', kind: 'timeseries', unit: 's', width: 8, description: 'A loop that is late answers everything late.', queries: [{ expr: `max by (pod) (nodejs_eventloop_lag_p99_seconds{${ CHOSEN }})`, legend: '{{pod}}' }] },
    { title: 'Periodic jobs', kind: 'timeseries', unit: 's', width: 24, description: 'Time since each job last ended well, in whatever pod.', queries: [{ expr: `time() - max by (task) (job_last_success_timestamp_seconds{${ CHOSEN }})`, legend: '{{task}}' }] },
  ],
};

export const service: Dashboard = {
  uid: 'tartware-service',
  title: 'Tartware Service',
  description: 'Gateway throughput, and of one service: requests, database queries, cache hit rate, queue lag.',
  variables: [CLUSTER, NAMESPACE, SERVICE],
  rows: [gateway, requests, database, cache, queues, processes],
};
