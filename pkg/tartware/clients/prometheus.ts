import { parseMatrix, parseVector } from '@tartware/domain';
import type { AccessQuestion, Expression, MatrixAnswer, TimeRange, VectorAnswer } from '@tartware/domain';
import type { SendToRancher } from './rancher.ts';

/** Prometheus of one cluster, through the API server's service proxy. */
export interface PrometheusClient {
  query(expression: Expression, signal?: AbortSignal): Promise<VectorAnswer>;
  queryRange(expression: Expression, range: TimeRange, signal?: AbortSignal): Promise<MatrixAnswer>;
}

/** The name under which Rancher's monitoring puts Prometheus; the ClusterRole `monitoring-ui-view` grants exactly this one. */
const MONITORING = { namespace: 'cattle-monitoring-system', service: 'http:rancher-monitoring-prometheus:9090' };

/** The right without which no metric can be read. */
export const READ_METRICS: AccessQuestion = {
  verb: 'get', group: '', resource: 'services', subresource: 'proxy', namespace: MONITORING.namespace, name: MONITORING.service,
};

export function createPrometheusClient(send: SendToRancher, clusterId: string): PrometheusClient {
  const api = `/k8s/clusters/${ encodeURIComponent(clusterId) }/api/v1/namespaces/${ MONITORING.namespace }/services/${ MONITORING.service }/proxy/api/v1`;
  const ask = (path: string, parameters: Record<string, string>, signal?: AbortSignal) => send({ url: `${ api }/${ path }?${ new URLSearchParams(parameters) }`, signal });

  return {
    query: async ({ promql }, signal) => parseVector(await ask('query', { query: promql }, signal)),
    queryRange: async ({ promql }, { from, to, step }, signal) => (
      parseMatrix(await ask('query_range', { query: promql, start: String(from), end: String(to), step: String(step) }, signal))
    ),
  };
}
