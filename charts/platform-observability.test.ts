import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { binariesFolder } from '../sandbox/build/go.ts';
import { PLATFORM, loadState, releaseValues } from './platform/state.ts';
import type { Values } from './platform/state.ts';
import { everyApiVersionArgs } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import { objectsOf } from './testing/network.ts';

const path = (file: string): string => join(PLATFORM, 'observability', file);
const values = releaseValues(loadState(), 'production');
const monitoring = values.get('cattle-monitoring-system/rancher-monitoring') as {
  defaultRules?: { disabled?: Values };
  prometheus: { prometheusSpec: Values; additionalPodMonitors: { name: string; namespaceSelector: { matchNames?: string[] }; selector: Values; podMetricsEndpoints: { port: string }[] }[] };
};

describe('Prometheus', () => {
  test('promtool accepts prometheus.yml', () => {
    const { exitCode, all } = execaSync(join(binariesFolder(), 'promtool'), ['check', 'config', '--syntax-only', path('prometheus.yml')], { all: true, reject: false });

    expect([exitCode, all]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  test('with and without the operator it scrapes as often and refuses as much', () => {
    const { global } = parse(readFileSync(path('prometheus.yml'), 'utf8')) as { global: Values };
    const { prometheusSpec: spec } = monitoring.prometheus;

    expect([spec.scrapeInterval, spec.evaluationInterval, spec.enforcedSampleLimit, spec.enforcedLabelLimit, spec.bodySizeLimit])
      .toEqual([global.scrape_interval, global.evaluation_interval, global.sample_limit, global.label_limit, global.body_size_limit]);
  });

  test('gives Tartware\'s series the labels that alerts, dashboards and extension read', () => {
    const { scrape_configs: jobs } = parse(readFileSync(path('prometheus.yml'), 'utf8')) as { scrape_configs: { job_name: string; relabel_configs: { target_label?: string }[] }[] };
    const labels = jobs.find(({ job_name: name }) => name === 'tartware')?.relabel_configs.map(({ target_label: label }) => label);

    expect(labels).toEqual(expect.arrayContaining(['namespace', 'pod', 'container', 'service']));
  });

  test('takes every rule and monitor of the cluster, and a rate of two minutes has four scrapes', () => {
    const { prometheusSpec: spec } = monitoring.prometheus;

    for (const kind of ['rule', 'serviceMonitor', 'podMonitor', 'probe', 'scrapeConfig']) expect(spec[`${ kind }SelectorNilUsesHelmValues`], kind).toBe(false);
    expect(spec.scrapeInterval).toBe('30s');
  });

  test('leaves the cluster\'s own alerts on: what is not wanted of one namespace is Alertmanager\'s to leave out', () => {
    expect(monitoring.defaultRules?.disabled ?? {}).toEqual({});
  });

  test('its own pod monitors have names and ports', () => {
    const { additionalPodMonitors: monitors } = monitoring.prometheus;

    expect(new Set(monitors.map(({ name }) => name)).size).toBe(monitors.length);
    for (const { name, selector, podMetricsEndpoints } of monitors) {
      expect.soft(Object.keys(selector), name).not.toEqual([]);
      expect.soft(podMetricsEndpoints.map(({ port }) => typeof port), name).toEqual(podMetricsEndpoints.map(() => 'string'));
    }
  });

  test('scrapes no store twice: the stores\' release brings monitors of its own', () => {
    const charts = new Charts();

    onTestFinished(() => charts.remove());
    const stores = objectsOf<{ kind: 'PodMonitor'; metadata: { name: string } }>(charts.render('tartware', ['-f', 'tartware/values-stores.yaml', ...everyApiVersionArgs()]), 'PodMonitor');
    const beside = monitoring.prometheus.additionalPodMonitors.filter(({ namespaceSelector: { matchNames } }) => matchNames?.includes('database'));

    expect(stores.map(({ metadata }) => metadata.name).sort()).toEqual(['tartware-kafka', 'tartware-postgresql', 'tartware-postgresql-pooler']);
    expect(beside).toEqual([]);
  });
});

describe('Jaeger', () => {
  interface Config {
    service: { extensions: string[]; pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }> };
    extensions: { jaeger_query: { storage: { traces: string } }; jaeger_storage: { backends: Record<string, Values> } };
    receivers: { otlp: { protocols: Record<string, { endpoint: string }> } };
    processors: Values;
    exporters: { jaeger_storage_exporter: { trace_storage: string } };
  }
  const { userconfig: config } = values.get('tracing/jaeger') as unknown as { userconfig: Config };

  test('its pipeline consists of parts that are configured, and no part is left over', () => {
    const pipelines = Object.values(config.service.pipelines);
    const used = (kind: 'receivers' | 'processors' | 'exporters'): string[] => [...new Set(pipelines.flatMap((pipeline) => pipeline[kind]))].sort();

    for (const kind of ['receivers', 'processors', 'exporters'] as const) expect(used(kind)).toEqual(Object.keys(config[kind]).sort());
    expect([...config.service.extensions].sort()).toEqual(Object.keys(config.extensions).sort());
  });

  test('spans are written to the storage that queries read, and that storage is OpenSearch\'s release', () => {
    const { jaeger_query: query, jaeger_storage: storage } = config.extensions;

    expect(query.storage.traces).toBe(config.exporters.jaeger_storage_exporter.trace_storage);
    expect(Object.keys(storage.backends)).toEqual([query.storage.traces]);
    expect(JSON.stringify(storage.backends)).toContain(`http://${ String(values.get('tracing/opensearch')?.fullnameOverride) }.tracing.svc:9200`);
  });

  test('takes OTLP where the services and the mesh send it', () => {
    expect(config.receivers.otlp.protocols).toEqual({ grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } });
    expect(JSON.stringify(values.get('istio-system/istiod'))).toContain('"service":"jaeger.tracing.svc.cluster.local","port":4317');
    expect(values.get('tartware-system/tartware')).toMatchObject({ core: { env: { OTLP_URL: 'http://jaeger.tracing.svc:4318' } } });
  });
});
