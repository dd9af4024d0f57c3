import type { SendToRancher } from './rancher.ts';

/** A span of time and how finely to look at it, in seconds. */
export interface TimeRange {
  from: number;
  to: number;
  step: number;
}

/** Prometheus of one cluster, through the API server's service proxy. Answers come as they are: the domain parses them. */
export interface PrometheusClient {
  query(expression: string, signal?: AbortSignal): Promise<unknown>;
  queryRange(expression: string, range: TimeRange, signal?: AbortSignal): Promise<unknown>;
}

/** The name under which Rancher's monitoring puts Prometheus; the ClusterRole `monitoring-ui-view` grants exactly this one. */
const ENDPOINT = 'cattle-monitoring-system/services/http:rancher-monitoring-prometheus:9090';

export function createPrometheusClient(send: SendToRancher, clusterId: string): PrometheusClient {
  const api = `/k8s/clusters/${ encodeURIComponent(clusterId) }/api/v1/namespaces/${ ENDPOINT }/proxy/api/v1`;
  const ask = (path: string, parameters: Record<string, string>, signal?: AbortSignal) => send({ url: `${ api }/${ path }?${ new URLSearchParams(parameters) }`, signal });

  return {
    query: (expression, signal) => ask('query', { query: expression }, signal),
    queryRange: (expression, { from, to, step }, signal) => ask('query_range', { query: expression, start: String(from), end: String(to), step: String(step) }, signal),
  };
}
