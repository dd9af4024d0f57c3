import { expect, test } from 'vitest';
import { resourceMetrics } from './exposition.ts';

test('usage reads as a kubelet\'s', () => {
  const containers = ['core', 'proxy'].map((container) => ({ namespace: 'tartware-system', pod: 'core-1', container, startedAt: 1_500, cpuSeconds: 1.25, memoryBytes: 1024 }));
  expect(resourceMetrics({ cpuSeconds: 9, memoryBytes: 4096, containers }, 2_000)).toBe(`# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="core",namespace="tartware-system",pod="core-1"} 1.250000 2000
container_cpu_usage_seconds_total{container="proxy",namespace="tartware-system",pod="core-1"} 1.250000 2000
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="core",namespace="tartware-system",pod="core-1"} 1024 2000
container_memory_working_set_bytes{container="proxy",namespace="tartware-system",pod="core-1"} 1024 2000
# TYPE container_start_time_seconds gauge
container_start_time_seconds{container="core",namespace="tartware-system",pod="core-1"} 1.500 2000
container_start_time_seconds{container="proxy",namespace="tartware-system",pod="core-1"} 1.500 2000
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 9.000000 2000
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 4096 2000
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{namespace="tartware-system",pod="core-1"} 2.500000 2000
# TYPE pod_memory_working_set_bytes gauge
pod_memory_working_set_bytes{namespace="tartware-system",pod="core-1"} 2048 2000
# TYPE scrape_error gauge
scrape_error 0
`);
});

test('an idle node has no containers and still reports itself', () => {
  expect(resourceMetrics({ cpuSeconds: 0.001, memoryBytes: 1, containers: [] }, 1)).not.toContain('container_');
});
