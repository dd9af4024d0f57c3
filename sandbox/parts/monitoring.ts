import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { answersOk } from '../probe.ts';
import type { Context, Part } from '../supervisor/part.ts';
import { REAL_NODE } from './nodes.ts';

/** Only what pages and alerts read: every further kind costs memory on both sides. */
const STATE_METRIC_KINDS = ['deployments', 'horizontalpodautoscalers', 'nodes', 'pods', 'replicasets', 'resourcequotas', 'jobs', 'poddisruptionbudgets'];

const kubeStateMetrics: Part = {
  kind: 'part',
  name: 'kube-state-metrics',
  needs: ['kube-apiserver'],
  ports: ['kube-state-metrics', 'kube-state-metrics-telemetry'],
  readyWithinMs: 60_000,
  stopWithinMs: 10_000,
  command: ({ bin, ports, state }) => ({
    file: join(bin, 'kube-state-metrics'),
    args: [
      `--kubeconfig=${state('pki', 'admin.kubeconfig')}`,
      '--host=127.0.0.1',
      `--port=${ports['kube-state-metrics']}`,
      '--telemetry-host=127.0.0.1',
      `--telemetry-port=${ports['kube-state-metrics-telemetry']}`,
      `--resources=${STATE_METRIC_KINDS.join(',')}`,
    ],
  }),
  isReady: async ({ ports }) => answersOk(`http://127.0.0.1:${ports['kube-state-metrics']}/healthz`),
};

/** The rule files that Prometheus loads, and loads again when they change. */
export function rulesFolder({ state }: Context): string {
  return state('prometheus', 'rules');
}

/** Scrapes the pods of the real node at their `ops` port, and kube-state-metrics. */
function prometheusConfig(context: Context): object {
  const { ports, state, address } = context;
  const label = (name: string): string => `__meta_kubernetes_pod_label_app_kubernetes_io_${name}`;
  return {
    global: { scrape_interval: '5s', evaluation_interval: '10s', external_labels: { cluster: 'local' } },
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`${address}:${ports.alertmanager}`] }] }] },
    rule_files: [join(rulesFolder(context), '*.yaml')],
    scrape_configs: [
      {
        job_name: 'tartware',
        kubernetes_sd_configs: [{ role: 'pod', kubeconfig_file: state('pki', 'admin.kubeconfig'), selectors: [{ role: 'pod', field: `spec.nodeName=${REAL_NODE}` }] }],
        relabel_configs: [
          { source_labels: [label('part_of')], regex: 'tartware', action: 'keep' },
          { source_labels: ['__meta_kubernetes_pod_container_port_name'], regex: 'ops', action: 'keep' },
          { source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Running', action: 'keep' },
          { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
          { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
          { source_labels: ['__meta_kubernetes_pod_container_name'], target_label: 'container' },
          { source_labels: [label('name')], target_label: 'service' },
        ],
      },
      { job_name: 'kube-state-metrics', honor_labels: true, static_configs: [{ targets: [`127.0.0.1:${ports['kube-state-metrics']}`] }] },
    ],
  };
}

const prometheus: Part = {
  kind: 'part',
  name: 'prometheus',
  needs: ['kube-apiserver'],
  ports: ['prometheus'],
  readyWithinMs: 60_000,
  stopWithinMs: 20_000,
  command: (context) => {
    const { bin, ports, address, state } = context;
    mkdirSync(state('prometheus'), { recursive: true });
    writeFileSync(state('prometheus', 'prometheus.yaml'), stringify(prometheusConfig(context)));
    return {
      file: join(bin, 'prometheus'),
      args: [
        `--config.file=${state('prometheus', 'prometheus.yaml')}`,
        `--storage.tsdb.path=${state('prometheus', 'data')}`,
        '--storage.tsdb.retention.time=2d',
        `--web.listen-address=${address}:${ports.prometheus}`,
        // Rather than by request: whoever reaches its port could also end it.
        '--config.auto-reload',
        '--config.auto-reload-interval=1s',
        '--log.level=warn',
      ],
    };
  },
  isReady: async ({ address, ports }) => answersOk(`http://${address}:${ports.prometheus}/-/ready`),
};

const alertmanager: Part = {
  kind: 'part',
  name: 'alertmanager',
  needs: ['binaries'],
  ports: ['alertmanager'],
  readyWithinMs: 30_000,
  stopWithinMs: 10_000,
  command: ({ bin, ports, address, state }) => {
    mkdirSync(state('alertmanager'), { recursive: true });
    writeFileSync(state('alertmanager', 'alertmanager.yaml'), stringify({ route: { receiver: 'none', group_by: ['alertname', 'service'] }, receivers: [{ name: 'none' }] }));
    return {
      file: join(bin, 'alertmanager'),
      args: [
        `--config.file=${state('alertmanager', 'alertmanager.yaml')}`,
        `--storage.path=${state('alertmanager', 'data')}`,
        `--web.listen-address=${address}:${ports.alertmanager}`,
        // One instance: no gossip, no port for it.
        '--cluster.listen-address=',
        '--log.level=warn',
      ],
    };
  },
  isReady: async ({ address, ports }) => answersOk(`http://${address}:${ports.alertmanager}/-/ready`),
};

export const MONITORING: readonly Part[] = [kubeStateMetrics, prometheus, alertmanager];
