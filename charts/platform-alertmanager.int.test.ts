/** The real Alertmanager with the platform's routes: who hears of which alert. Only the receivers' addresses and the waits are the test's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { binariesFolder } from '../sandbox/build/go.ts';
import { loadState, releaseValues } from './platform/state.ts';

type Labels = Record<string, string>;

const MOUNTED = '/etc/alertmanager/secrets/alertmanager-receivers';
const folder = mkdtempSync(join(tmpdir(), 'tartware-alertmanager-'));
const heard: { receiver: string; alertname: string }[] = [];
let listeners: (() => void)[] = [];
let server: Server;
let process: ReturnType<typeof start>;
let address: string;

/** The config as the chart would mount it, but for how long it waits. */
function config(port: number): string {
  const { alertmanager } = releaseValues(loadState(), 'production').get('cattle-monitoring-system/rancher-monitoring') as { alertmanager: { config: { receivers: { name: string }[] } } };

  mkdirSync(join(folder, 'receivers'));
  for (const { name } of alertmanager.config.receivers) writeFileSync(join(folder, 'receivers', name), `http://127.0.0.1:${ port }/${ name }`);

  return stringify(alertmanager.config).replaceAll(MOUNTED, join(folder, 'receivers')).replaceAll(/group_(wait|interval): \S+/g, 'group_$1: 50ms');
}

const start = () => execa(join(binariesFolder(), 'alertmanager'), [
  `--config.file=${ join(folder, 'alertmanager.yaml') }`, `--storage.path=${ join(folder, 'data') }`, '--web.listen-address=127.0.0.1:0', '--cluster.listen-address=',
], { stderr: 'pipe', reject: false });

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';

    request.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => {
      const { alerts } = JSON.parse(body) as { alerts: { labels: Labels }[] };

      heard.push(...alerts.map(({ labels }) => ({ receiver: (request.url ?? '').slice(1), alertname: labels.alertname ?? '' })));
      response.end();
      for (const listener of listeners) listener();
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  writeFileSync(join(folder, 'alertmanager.yaml'), config((server.address() as AddressInfo).port));
  process = start();
  address = await listening();
});
afterAll(async () => {
  process.kill();
  await process;
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Where Alertmanager listens, as it says. @throws with its words when it ends before, or could not be started. */
async function listening(): Promise<string> {
  const lines: string[] = [];

  return new Promise<string>((resolve, reject) => {
    createInterface(process.stderr).on('line', (line) => {
      lines.push(line);
      const port = /Listening on.*address=127\.0\.0\.1:(\d+)/.exec(line)?.[1];

      if (port !== undefined) resolve(`http://127.0.0.1:${ port }`);
    });
    void process.then(({ shortMessage }) => { reject(new Error([shortMessage ?? 'it has ended', ...lines].join('\n'))); });
  });
}

async function raise(...alerts: Labels[]): Promise<void> {
  const { status } = await fetch(`${ address }/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels: { cluster: 'tartware', namespace: 'tartware-system', ...labels } }))),
  });

  expect(status).toBe(200);
}

/** Who has heard of an alert, once that many have. */
async function receiversOf(alertname: string, count: number): Promise<string[]> {
  const receivers = (): string[] => heard.filter((each) => each.alertname === alertname).map(({ receiver }) => receiver).sort();

  await new Promise<void>((resolve) => {
    const look = (): void => { if (receivers().length >= count) resolve(); };

    listeners.push(look);
    look();
  });
  listeners = [];

  return receivers();
}

const ours = { team: 'tartware' };

describe('routes', () => {
  test('a critical alert of Tartware wakes somebody and is told to the chat', async () => {
    await raise({ ...ours, alertname: 'TartwareErrorRatioHigh', service: 'api-gateway', severity: 'critical' });

    expect(await receiversOf('TartwareErrorRatioHigh', 2)).toEqual(['tartware-chat', 'tartware-on-call']);
  });

  test('a warning is told to the chat alone', async () => {
    await raise({ ...ours, alertname: 'TartwareConsumerLagHigh', service: 'rooms', severity: 'warning' });

    expect(await receiversOf('TartwareConsumerLagHigh', 1)).toEqual(['tartware-chat']);
  });

  test('a warning of billing is told to those who answer for it as well', async () => {
    await raise({ ...ours, alertname: 'TartwareDatabasePoolHigh', service: 'billing', severity: 'warning' });

    expect(await receiversOf('TartwareDatabasePoolHigh', 2)).toEqual(['tartware-billing', 'tartware-chat']);
  });

  test('an alert of the platform goes to its own people, by severity', async () => {
    await raise({ alertname: 'KubeNodeNotReady', severity: 'critical' }, { alertname: 'NodeClockSkewDetected', severity: 'warning' });

    expect(await receiversOf('KubeNodeNotReady', 2)).toEqual(['platform-chat', 'platform-on-call']);
    expect(await receiversOf('NodeClockSkewDetected', 1)).toEqual(['platform-chat']);
  });

  test('an autoscaler at its maximum is told of as an alert of the platform, but in Tartware\'s namespace, which has an alert of its own', async () => {
    await raise(...['tartware-system', 'keda'].map((namespace) => ({ alertname: 'KubeHpaMaxedOut', namespace, service: 'rancher-monitoring-kube-state-metrics', horizontalpodautoscaler: 'core', severity: 'warning' })));
    await receiversOf('KubeHpaMaxedOut', 1);
    const alerts = await (await fetch(`${ address }/api/v2/alerts?filter=alertname="KubeHpaMaxedOut"`)).json() as { labels: Labels; receivers: { name: string }[] }[];

    expect(Object.fromEntries(alerts.map(({ labels, receivers }) => [labels.namespace, receivers]))).toEqual({ 'tartware-system': [{ name: 'nobody' }], keda: [{ name: 'platform-chat' }] });
  });

  test('the alert that always fires shows that the way is open, and goes nowhere else', async () => {
    await raise({ alertname: 'Watchdog', severity: 'none' });

    expect(await receiversOf('Watchdog', 1)).toEqual(['dead-mans-switch']);
  });
});

describe('inhibition', () => {
  /** What Alertmanager makes of each alert that it has: `active`, or `suppressed` by another. */
  async function states(): Promise<Record<string, string>> {
    const alerts = await (await fetch(`${ address }/api/v2/alerts`)).json() as { labels: Labels; status: { state: string } }[];

    return Object.fromEntries(alerts.map(({ labels, status }) => [labels.alertname, status.state]));
  }

  test('what a critical alert says already is not said as a warning too, and that service\'s other warnings are', async () => {
    await raise({ ...ours, alertname: 'TartwareLatencyP99Critical', service: 'api-gateway', severity: 'critical' }, { ...ours, alertname: 'TartwareServiceDown', service: 'core', severity: 'critical' });
    await receiversOf('TartwareLatencyP99Critical', 2);
    await receiversOf('TartwareServiceDown', 2);
    await raise(...Object.entries({ TartwareLatencyP95High: 'api-gateway', TartwareHighRequestRate: 'api-gateway', TartwareHpaUnableToScale: 'core' })
      .map(([alertname, service]) => ({ ...ours, alertname, service, severity: 'warning' })));
    await receiversOf('TartwareHighRequestRate', 1);

    expect(await states()).toMatchObject({
      TartwareLatencyP99Critical: 'active', TartwareLatencyP95High: 'suppressed', TartwareHighRequestRate: 'active', TartwareServiceDown: 'active', TartwareHpaUnableToScale: 'suppressed',
    });
    expect(heard.filter(({ alertname }) => ['TartwareLatencyP95High', 'TartwareHpaUnableToScale'].includes(alertname))).toEqual([]);
  });

  // As Prometheus writes them: what is built on kube-state-metrics has the exporter's Service.
  test('a critical alert of the platform covers no warning about something else, though both name the exporter as service', async () => {
    const exporter = { namespace: 'database', service: 'rancher-monitoring-kube-state-metrics' };

    await raise({ ...exporter, alertname: 'KubePersistentVolumeFillingUp', severity: 'critical' });
    await receiversOf('KubePersistentVolumeFillingUp', 2);
    await raise({ ...exporter, alertname: 'KubePodCrashLooping', severity: 'warning' });
    await receiversOf('KubePodCrashLooping', 1);

    expect(await states()).toMatchObject({ KubePersistentVolumeFillingUp: 'active', KubePodCrashLooping: 'active' });
  });
});
