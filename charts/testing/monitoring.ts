/** Real Prometheus and real Alertmanager on free ports, for a test or a bench that serves the metrics itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { freePorts } from '@tartware/kit/testing';
import { ensureBinaries } from '../../sandbox/build/go.ts';
import type { RuleFile } from './rules.ts';

/** One address to scrape. */
export interface Target {
  /** `host:port` */
  address: string;
  path: string;
  /** Labels of its series, where they do not say otherwise themselves. */
  labels: Record<string, string>;
}

export interface MonitoringOptions {
  rules: RuleFile;
  targets: readonly Target[];
  /** Of scrapes and evaluations, as Prometheus writes durations. */
  interval: string;
}

export interface Sample {
  metric: Record<string, string>;
  value: number;
}

export interface Monitoring {
  /** `GET` of Prometheus' API below `/api/v1/`; the answer's `data`. @throws with Prometheus' words when it refuses */
  prometheus: (path: string, parameters?: Record<string, string>) => Promise<unknown>;
  /** An instant query, for now or for `time` (Unix seconds). @throws with Prometheus' words when it refuses */
  query: (promql: string, time?: string) => Promise<Sample[]>;
  /** `GET` of Alertmanager's API below `/api/v2/`. */
  alertmanager: (path: string) => Promise<unknown>;
  stop: () => Promise<void>;
}

const READY_WITHIN_MS = 30_000;

function configuration({ targets, interval }: MonitoringOptions, alertmanagerPort: number): object {
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval, external_labels: { cluster: 'test' } },
    rule_files: ['rules.yaml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${ alertmanagerPort }`] }] }] },
    scrape_configs: [{
      job_name: 'fixture',
      honor_labels: true,
      static_configs: targets.map(({ address, path, labels }) => ({ targets: [address], labels: { ...labels, __metrics_path__: path } })),
    }],
  };
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;

  while (!(await fetch(url).then(({ ok }) => ok, () => false))) {
    if (Date.now() > deadline) {
      throw new Error(`${ url } did not answer within ${ READY_WITHIN_MS / 1000 } s`);
    }
    await sleep(100);
  }
}

async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url);

  if (!answer.ok) {
    throw new Error(`${ url }: ${ answer.status } ${ await answer.text() }`);
  }

  return answer.json();
}

export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const bin = await ensureBinaries((module) => console.log(`building the Go parts of sandbox/tools/${ module }`));
  const folder = mkdtempSync(join(tmpdir(), 'tartware-monitoring-'));
  const [prometheusPort = 0, alertmanagerPort = 0] = await freePorts(2);
  const start = (program: string, args: readonly string[]) => execa(join(bin, program), args, { cwd: folder, reject: false, stdout: 'ignore', stderr: 'inherit' });

  writeFileSync(join(folder, 'rules.yaml'), stringify(options.rules));
  writeFileSync(join(folder, 'prometheus.yaml'), stringify(configuration(options, alertmanagerPort)));
  writeFileSync(join(folder, 'alertmanager.yaml'), stringify({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] }));
  const programs = [
    start('alertmanager', ['--config.file=alertmanager.yaml', '--storage.path=alertmanager', `--web.listen-address=127.0.0.1:${ alertmanagerPort }`, '--cluster.listen-address=', '--log.level=error']),
    start('prometheus', ['--config.file=prometheus.yaml', '--storage.tsdb.path=prometheus', `--web.listen-address=127.0.0.1:${ prometheusPort }`, '--log.level=error']),
  ];
  const stop = async (): Promise<void> => {
    programs.forEach((program) => program.kill('SIGKILL'));
    await Promise.all(programs);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    await Promise.all([prometheusPort, alertmanagerPort].map(async (port) => untilReady(`http://127.0.0.1:${ port }/-/ready`)));
  } catch (error) {
    await stop();
    throw error;
  }
  const prometheus: Monitoring['prometheus'] = async (path, parameters = {}) =>
    ((await getJson(`http://127.0.0.1:${ prometheusPort }/api/v1/${ path }?${ new URLSearchParams(parameters) }`)) as { data: unknown }).data;

  return {
    prometheus,
    query: async (promql, time) => {
      const { result } = (await prometheus('query', { query: promql, ...(time !== undefined && { time }) })) as { result: { metric: Record<string, string>; value: [number, string] }[] };

      return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
    },
    alertmanager: async (path) => getJson(`http://127.0.0.1:${ alertmanagerPort }/api/v2/${ path }`),
    stop,
  };
}
