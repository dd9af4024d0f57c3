/** Metrics of all 510 pods and nine autoscalers, as far as the rules read them, and what the gateway tells by route. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Target } from '../../charts/testing/monitoring.ts';
import { sizing } from '../../charts/testing/services.ts';
import { DURATION_BUCKETS } from '../../services/kit/metrics.ts';

const NAMESPACE = 'tartware-system';

export interface Pods {
  targets: Target[];
  series: number;
  server: Server;
}

/** What grows from scrape to scrape: `rate` of a counter that stands still costs the same, but fires nothing. */
const started = performance.now();

function requestSeries(combinations: number): string[] {
  const lines: string[] = [];
  const count = Math.floor((performance.now() - started) / 10);

  for (let index = 0; index < combinations; index += 1) {
    const labels = `method="GET",route="/v1/resource-${ index >> 1 }/:id",status_code="${ index % 2 === 0 ? 200 : 404 }"`;

    lines.push(`http_requests_total{${ labels }} ${ count }`);
    for (const le of [...DURATION_BUCKETS, '+Inf']) {
      lines.push(`http_request_duration_seconds_bucket{${ labels },le="${ le }"} ${ count }`);
    }
  }

  return lines;
}

/** Also what the rules don't read: it is scraped and stored all the same. */
function gatewaySeries(combinations: number): string[] {
  const count = Math.floor((performance.now() - started) / 10) * combinations;

  return [...requestSeries(combinations), ...totalSeries(count)];
}

function totalSeries(count: number): string[] {
  return [
    ...['2xx', '3xx', '4xx', '5xx'].map((status, index) => `gateway_requests_total{status_class="${ status }"} ${ index === 0 ? count : 0 }`),
    ...[...DURATION_BUCKETS, '+Inf'].map((le) => `gateway_request_duration_seconds_bucket{le="${ le }"} ${ count }`),
  ];
}

/** Of the services behind the gateway the rules read no buckets. */
function serviceSeries(service: string, combinations: number): string[] {
  return [
    ...requestSeries(combinations).filter((line) => line.startsWith('http_requests_total')),
    'db_pool_active 3', 'db_pool_max 10', 'db_pool_waiting 0', 'outbox_oldest_age_seconds 0', 'outbox_pending 0', 'outbox_set_aside 0',
    'outbox_relay_failures_total 0', 'outbox_published_total 100',
    ...['core', 'rooms', 'reservations'].map((topic) => `kafka_consumer_lag{group="${ service }",topic="tartware.${ topic }.events"} 0`),
  ];
}

function autoscalerSeries(): string[] {
  return Object.entries(sizing).flatMap(([service, { pods: [min, max] }]) => {
    const of = (name: string, more = ''): string => `kube_horizontalpodautoscaler_${ name }{namespace="${ NAMESPACE }",horizontalpodautoscaler="${ service }"${ more }}`;

    return [
      `${ of('spec_min_replicas') } ${ min }`, `${ of('spec_max_replicas') } ${ max }`, `${ of('status_current_replicas') } ${ max }`,
      ...['ScalingLimited', 'ScalingActive', 'AbleToScale'].flatMap((condition) =>
        ['true', 'false', 'unknown'].map((status) => `${ of('status_condition', `,condition="${ condition }",status="${ status }"`) } ${ status === 'true' ? 1 : 0 }`)),
      `kube_deployment_spec_replicas{namespace="${ NAMESPACE }",deployment="${ service }"} ${ max }`,
      `kube_deployment_status_replicas_ready{namespace="${ NAMESPACE }",deployment="${ service }"} ${ max }`,
    ];
  });
}

/**
 * @param combinations of route, method and status that a pod of the gateway, and one of the other services, has answered
 * @param all whether every pod tells its metrics, or one of each service
 */
export async function servePods(combinations: { gateway: number; others: number }, all: boolean): Promise<Pods> {
  const linesOf = (service: string): string[] => {
    if (service === 'kube-state-metrics') {
      return autoscalerSeries();
    }

    return service === 'api-gateway' ? gatewaySeries(combinations.gateway) : serviceSeries(service, combinations.others);
  };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(`${ linesOf(request.url?.slice(1) ?? '').join('\n') }\n`);
  }).listen(0, '127.0.0.1');

  await once(server, 'listening');
  const address = `127.0.0.1:${ (server.address() as AddressInfo).port }`;
  const pods = Object.entries(sizing).flatMap(([service, { pods: [, max] }]) => Array.from({ length: all ? max : 1 }, (_pod, index) => ({ service, pod: `${ service }-${ index }` })));
  const targets = pods.map(({ service, pod }): Target => ({ address, path: `/${ service }`, labels: { namespace: NAMESPACE, service, pod } }));

  return {
    targets: [...targets, { address, path: '/kube-state-metrics', labels: { service: 'kube-state-metrics' } }],
    series: pods.reduce((sum, { service }) => sum + linesOf(service).length, autoscalerSeries().length),
    server,
  };
}
