import { groupBy } from './group-by.ts';
import type { NodeUsage } from './sharing.ts';

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(3);
}

/** Label values of Kubernetes names need no escaping: they hold letters, digits, dots and dashes. */
function labels(values: Readonly<Record<string, string>>): string {
  return `{${Object.entries(values).map(([name, value]) => `${name}="${value}"`).join(',')}}`;
}

/**
 * A node's usage as a kubelet serves it at `/metrics/resource`: Prometheus text whose samples carry the time of measurement.
 * @param at that time, in milliseconds since the epoch
 */
export function resourceMetrics({ cpuSeconds, memoryBytes, containers }: NodeUsage, at: number): string {
  const lines: string[] = [];
  const family = (name: string, type: 'counter' | 'gauge', samples: readonly string[]): void => {
    if (samples.length > 0) lines.push(`# TYPE ${name} ${type}`, ...samples.map((sample) => `${name}${sample} ${at}`));
  };
  const ofContainer = ({ container, namespace, pod }: (typeof containers)[number]): string => labels({ container, namespace, pod });
  const pods = [...groupBy(containers, ({ namespace, pod }) => labels({ namespace, pod }))];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  family('container_cpu_usage_seconds_total', 'counter', containers.map((usage) => `${ofContainer(usage)} ${usage.cpuSeconds.toFixed(6)}`));
  family('container_memory_working_set_bytes', 'gauge', containers.map((usage) => `${ofContainer(usage)} ${usage.memoryBytes}`));
  family('container_start_time_seconds', 'gauge', containers.map((usage) => `${ofContainer(usage)} ${seconds(usage.startedAt)}`));
  family('node_cpu_usage_seconds_total', 'counter', [` ${cpuSeconds.toFixed(6)}`]);
  family('node_memory_working_set_bytes', 'gauge', [` ${memoryBytes}`]);
  family('pod_cpu_usage_seconds_total', 'counter', pods.map(([pod, usages]) => `${pod} ${sum(usages.map((usage) => usage.cpuSeconds)).toFixed(6)}`));
  family('pod_memory_working_set_bytes', 'gauge', pods.map(([pod, usages]) => `${pod} ${sum(usages.map((usage) => usage.memoryBytes))}`));
  return `${lines.join('\n')}\n# TYPE scrape_error gauge\nscrape_error 0\n`;
}
