/** Which metrics there are: the services' from the services' own code, the others' from their projects' lists. */
import { pino } from 'pino';
import { measureGateway } from '../../services/api-gateway/measure.ts';
import { LoopDelay } from '../../services/api-gateway/resilience/loop-delay.ts';
import { createCache } from '../../services/kit/cache.ts';
import { createConsumerMeasures } from '../../services/kit/consumer-measures.ts';
import { createDatabase } from '../../services/kit/database.ts';
import { startJobs } from '../../services/kit/loop.ts';
import { createMetrics } from '../../services/kit/metrics.ts';
import { createRelayMeasures } from '../../services/kit/relay-measures.ts';

/** prom-client keeps them, and its types do not say so. @throws when it does not keep them any more */
function labelNames(metric: object | undefined): string[] {
  if (metric && 'labelNames' in metric && Array.isArray(metric.labelNames)) {
    return metric.labelNames.map(String);
  }
  throw new Error('prom-client has no labelNames any more: find another way to know a metric\'s labels');
}

/**
 * Registers all that a service registers when it starts; nothing is connected, since nothing is asked for.
 * @returns the series that Prometheus makes of it, by name, with the labels that the service itself gives them
 */
export async function serviceMetrics(): Promise<Map<string, string[]>> {
  const metrics = createMetrics();
  const log = pino({ level: 'silent' });
  const database = createDatabase({ url: 'postgres://127.0.0.1:1/none', schema: 'none', poolMax: 1, metrics, log });
  const cache = createCache({ service: 'none', nodes: [], metrics, log });
  const session = { query: async () => [], tryLock: async () => undefined, listen: () => undefined, close: async () => undefined };
  const jobs = startJobs({ session, jobs: [], metrics, log });
  const loop = new LoopDelay(1);

  createRelayMeasures(metrics);
  createConsumerMeasures(metrics);
  measureGateway(metrics, { upstreams: [], reconciler: undefined, loop });
  const registered = await metrics.registry.getMetricsAsJSON();

  loop.close();
  await Promise.all([database.close(), cache.close(), jobs.close()]);

  return new Map(registered.flatMap(({ name, type }): [string, string[]][] => {
    const labels = labelNames(metrics.registry.getSingleMetric(name));

    return String(type) === 'histogram' ? [[`${ name }_bucket`, [...labels, 'le']], [`${ name }_sum`, labels], [`${ name }_count`, labels]] : [[name, labels]];
  }));
}

/** kube-state-metrics 2.18.0, docs/metrics: those about autoscalers, Deployments, nodes, pods and quota that are stable and useful here. */
export const kubeStateMetrics = [
  'kube_deployment_status_replicas', 'kube_deployment_status_replicas_ready', 'kube_deployment_spec_replicas',
  'kube_horizontalpodautoscaler_info', 'kube_horizontalpodautoscaler_spec_max_replicas', 'kube_horizontalpodautoscaler_spec_min_replicas',
  'kube_horizontalpodautoscaler_spec_target_metric', 'kube_horizontalpodautoscaler_status_condition', 'kube_horizontalpodautoscaler_status_current_replicas',
  'kube_horizontalpodautoscaler_status_desired_replicas', 'kube_horizontalpodautoscaler_status_target_metric',
  'kube_node_info', 'kube_node_spec_unschedulable', 'kube_node_status_allocatable', 'kube_node_status_capacity', 'kube_node_status_condition',
  'kube_pod_container_resource_limits', 'kube_pod_container_resource_requests', 'kube_pod_container_status_restarts_total', 'kube_pod_info', 'kube_pod_status_phase',
  'kube_resourcequota',
];

/** node_exporter 1.12.1, collector/fixtures/e2e-output.txt, and collector/filesystem_common.go for those of file systems. */
export const nodeExporterMetrics = [
  'node_cpu_seconds_total', 'node_disk_io_time_seconds_total', 'node_disk_read_bytes_total', 'node_disk_written_bytes_total', 'node_filesystem_avail_bytes',
  'node_filesystem_size_bytes', 'node_load1', 'node_load5', 'node_load15', 'node_memory_MemAvailable_bytes', 'node_memory_MemTotal_bytes',
  'node_network_receive_bytes_total', 'node_network_receive_drop_total', 'node_network_transmit_bytes_total', 'node_network_transmit_drop_total', 'node_uname_info',
];

/** cAdvisor 0.56.2, docs/storage/prometheus.md; the kubelet serves them at /metrics/cadvisor. */
export const cadvisorMetrics = [
  'container_cpu_cfs_periods_total', 'container_cpu_cfs_throttled_periods_total', 'container_cpu_usage_seconds_total', 'container_memory_rss',
  'container_memory_working_set_bytes', 'container_network_receive_bytes_total', 'container_network_transmit_bytes_total',
];

/** What Prometheus makes itself of every scrape and every alert. */
export const prometheusMetrics = ['up', 'ALERTS'];
