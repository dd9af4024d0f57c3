/** A server that tells metrics as the nine services and kube-state-metrics would, in a state that a test chooses. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Target } from './monitoring.ts';
import { domainServices, services, sizing } from './services.ts';

export const NAMESPACE = 'tartware-system';

/** What the platform is like just now. Rates are per second, shares 0 to 1. */
export interface PlatformState {
  requests: number;
  /** Share of requests that take 2 s; the others take 0.1 s. */
  slow: number;
  /** Share of requests that end with 503. */
  failed: number;
  /** Whether core's autoscaler has its greatest number of pods and would go further. */
  coreMaxedOut: boolean;
  /** Whether billing's autoscaler has metrics. */
  billingScales: boolean;
  /** Pods of the command center that are ready, of three. */
  commandCenterReady: number;
  /** Of the 20 connections of rooms. */
  roomsConnections: number;
  /** Whether settings tells of its pool. */
  settingsHasPool: boolean;
  /** Seconds that guests' oldest event has waited. */
  guestsOutboxAge: number;
  /** Events that wait for housekeeping. */
  housekeepingLag: number;
}

export const HEALTHY: PlatformState = {
  requests: 20_000, slow: 0.005, failed: 0.01, coreMaxedOut: false, billingScales: true, commandCenterReady: 3, roomsConnections: 12, settingsHasPool: true, guestsOutboxAge: 0.2, housekeepingLag: 50,
};

/** Everything that one of the alerts is there for, at once. */
export const TROUBLED: PlatformState = {
  requests: 30_000, slow: 0.2, failed: 0.1, coreMaxedOut: true, billingScales: false, commandCenterReady: 0, roomsConnections: 19, settingsHasPool: false, guestsOutboxAge: 400, housekeepingLag: 25_000,
};

export interface MetricsFixture {
  targets: Target[];
  become: (state: PlatformState) => void;
  stop: () => void;
}

type Counter = 'all' | 'slow' | 'failed';

/** Counts what the states so far have had per second. */
class Traffic {
  state = HEALTHY;
  readonly #counted: Record<Counter, number> = { all: 0, slow: 0, failed: 0 };
  #at = performance.now();

  /** What was counted until now. */
  count(): Readonly<Record<Counter, number>> {
    const now = performance.now();
    const requests = (this.state.requests * (now - this.#at)) / 1000;

    this.#at = now;
    this.#counted.all += requests;
    this.#counted.slow += requests * this.state.slow;
    this.#counted.failed += requests * this.state.failed;

    return this.#counted;
  }

  become(state: PlatformState): void {
    this.count();
    this.state = state;
  }
}

function requestSeries({ all, slow, failed }: Readonly<Record<Counter, number>>): string[] {
  const buckets = (series: string): string[] =>
    Object.entries({ 0.1: all - slow, 0.5: all - slow, '1.0': all - slow, 2.5: all, '+Inf': all }).map(([le, count]) => `${ series }le="${ le }"} ${ count }`);

  return [
    `http_requests_total{method="GET",route="/v1/rooms",status_code="200"} ${ all - failed }`,
    `http_requests_total{method="GET",route="/v1/rooms",status_code="503"} ${ failed }`,
    ...buckets('http_request_duration_seconds_bucket{method="GET",route="/v1/rooms",status_code="200",'),
    `gateway_requests_total{status_class="2xx"} ${ all - failed }`,
    `gateway_requests_total{status_class="5xx"} ${ failed }`,
    ...buckets('gateway_request_duration_seconds_bucket{'),
  ];
}

function poolSeries(active: number): string[] {
  return [`db_pool_active ${ active }`, `db_pool_idle ${ 20 - active }`, 'db_pool_max 20', 'db_pool_waiting 0'];
}

function serviceSeries(service: string, traffic: Traffic): string[] {
  const { state } = traffic;

  if (service === 'api-gateway') {
    return requestSeries(traffic.count());
  }
  const pool = service === 'settings' && !state.settingsHasPool ? [] : poolSeries(service === 'rooms' ? state.roomsConnections : 3);

  return [
    ...pool,
    `outbox_oldest_age_seconds ${ service === 'guests' ? state.guestsOutboxAge : 0 }`,
    `outbox_pending ${ service === 'guests' ? 12 : 0 }`,
    'outbox_set_aside 0',
    `kafka_consumer_lag{group="${ service }",topic="tartware.core.events"} ${ service === 'housekeeping' ? state.housekeepingLag : 0 }`,
  ];
}

function autoscalerSeries(service: keyof typeof sizing, state: PlatformState): string[] {
  const [min, max] = sizing[service].pods;
  const maxedOut = service === 'core' && state.coreMaxedOut;
  const scales = service !== 'billing' || state.billingScales;
  const of = (name: string, more = ''): string => `kube_horizontalpodautoscaler_${ name }{namespace="${ NAMESPACE }",horizontalpodautoscaler="${ service }"${ more }}`;
  const condition = (name: string, holds: boolean): string[] =>
    ['true', 'false'].map((status) => `${ of('status_condition', `,condition="${ name }",status="${ status }"`) } ${ String(holds) === status ? 1 : 0 }`);

  return [
    `${ of('spec_min_replicas') } ${ min }`,
    `${ of('spec_max_replicas') } ${ max }`,
    `${ of('status_current_replicas') } ${ maxedOut ? max : min }`,
    `kube_deployment_spec_replicas{namespace="${ NAMESPACE }",deployment="${ service }"} ${ min }`,
    `kube_deployment_status_replicas_ready{namespace="${ NAMESPACE }",deployment="${ service }"} ${ service === 'command-center' ? state.commandCenterReady : min }`,
    ...condition('ScalingLimited', maxedOut),
    ...condition('ScalingActive', scales),
    ...condition('AbleToScale', true),
  ];
}

export async function startMetricsFixture(): Promise<MetricsFixture> {
  const traffic = new Traffic();
  const server = createServer((request, response) => {
    const [, service = ''] = (request.url ?? '').split('/');
    const lines = service === 'kube-state-metrics' ? services.flatMap((one) => autoscalerSeries(one, traffic.state)) : serviceSeries(service, traffic);

    response.setHeader('content-type', 'text/plain; version=0.0.4').end(`${ lines.join('\n') }\n`);
  }).listen(0, '127.0.0.1');

  await once(server, 'listening');
  const address = `127.0.0.1:${ (server.address() as AddressInfo).port }`;
  const target = (service: string): Target => ({ address, path: `/${ service }`, labels: { namespace: NAMESPACE, service, pod: `${ service }-0` } });

  return {
    targets: [...['api-gateway', ...domainServices].map(target), { address, path: '/kube-state-metrics', labels: { service: 'kube-state-metrics' } }],
    become: (state) => traffic.become(state),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
