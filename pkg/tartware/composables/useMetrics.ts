import { errorRatio, latencyQuantile, requestRate } from '@tartware/domain';
import type { Expression, MetricsScope, VectorAnswer } from '@tartware/domain';
import { NAMESPACE } from '../clients/kubernetes.ts';
import { RequestFailure } from '../clients/failure.ts';
import { READ_METRICS } from '../clients/prometheus.ts';
import { useClients } from './useClients.ts';
import type { Clients } from './useClients.ts';
import { usePolling } from './usePolling.ts';
import type { Polled } from './usePolling.ts';

/** Four scrapes of Rancher's monitoring (30 s): a lost one leaves no hole. */
export const SCOPE: MetricsScope = { namespace: NAMESPACE, windowSeconds: 120 };
/** Finer than the scrapes shows nothing new. */
const INTERVAL_MS = 10_000;

const QUERIES = {
  rps: requestRate(SCOPE),
  p95: latencyQuantile(SCOPE, 0.95),
  p99: latencyQuantile(SCOPE, 0.99),
  errors: errorRatio(SCOPE),
} satisfies Record<string, Expression>;

export type MetricName = keyof typeof QUERIES;
export type ServiceMetrics<Name extends MetricName> = Record<Name, VectorAnswer>;

/** The newest figures of all services, one batch of queries per tick. */
export function useServiceMetrics<Name extends MetricName>(names: readonly Name[]): Polled<ServiceMetrics<Name>> {
  const { prometheus } = useClients();

  return useMetricsPolling(async (signal) => {
    const answers = await Promise.all(names.map(async (name) => [name, await prometheus.query(QUERIES[name], signal)] as const));

    return Object.fromEntries(answers) as ServiceMetrics<Name>;
  });
}

/** Polls Prometheus after making sure that the user may: each refused query would be an error in the browser's console. */
export function useMetricsPolling<T>(load: (signal: AbortSignal) => Promise<T>): Polled<T> {
  const { kubernetes } = useClients();
  let mayRead: Promise<void> | undefined;

  return usePolling(async (signal) => {
    mayRead ??= requireRight(kubernetes, signal).catch((error: unknown) => {
      mayRead = undefined;
      throw error;
    });
    await mayRead;

    return load(signal);
  }, INTERVAL_MS);
}

async function requireRight(kubernetes: Clients['kubernetes'], signal: AbortSignal): Promise<void> {
  const { allowed, reason } = await kubernetes.canI(READ_METRICS, signal);

  if (!allowed) throw new RequestFailure('FORBIDDEN', reason || 'Not allowed by any role', { request: 'GET services/proxy rancher-monitoring-prometheus' });
}
