import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../errors.ts';
import { adminKubeconfig, apply, kubectl } from '../kubectl.ts';
import { REPOSITORY } from '../paths.ts';
import { answersOk } from '../probe.ts';
import type { Context, Step } from '../supervisor/part.ts';
import { makeLogins } from './database-logins.ts';
import { SCHEMA_OWNERS, serviceSecrets } from './secrets.ts';
import { freeRelease, helm } from './helm.ts';

const NAMESPACE = 'tartware-system';
const RELEASE = 'tartware';
/** The umbrella, and what it is made of; the other folders of charts/ have no part in the release. */
const CHARTS = ['service-template', 'tartware'];
const READY_WITHIN_MS = 180_000;

/**
 * A hash over the chart's files, the choice of values, and the migrations, which only an install or upgrade runs:
 * tells whether the release has to be upgraded.
 */
async function chartHash(values: string): Promise<string> {
  const hash = createHash('sha256').update(values);
  const charts = (await Promise.all(CHARTS.map(async (chart) => readdir(join(REPOSITORY, 'charts', chart), { recursive: true, withFileTypes: true }))))
    .flat()
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.tgz'))
    .map((entry) => join(entry.parentPath, entry.name));
  const migrations = globSync('services/*/migrations/*.sql', { cwd: REPOSITORY }).map((path) => join(REPOSITORY, path));
  for (const path of [...charts, ...migrations].sort()) hash.update(path.slice(REPOSITORY.length)).update(readFileSync(path));
  return hash.digest('hex');
}

/** Copies the charts aside first: fetching the umbrella's dependencies writes into its folder. */
async function installChart(context: Context, signal: AbortSignal): Promise<void> {
  const work = context.state('charts');
  rmSync(work, { recursive: true, force: true });
  for (const name of CHARTS) cpSync(join(REPOSITORY, 'charts', name), join(work, name), { recursive: true });
  const chart = join(work, 'tartware');
  await helm(context, ['dependency', 'update', chart, '--skip-refresh'], signal);
  await freeRelease(context, RELEASE, NAMESPACE, signal);
  // Operators change HPAs on purpose; a changed chart takes these fields back here, so that the sandbox never gets stuck.
  await helm(context, ['upgrade', RELEASE, chart, '--install', '--namespace', NAMESPACE, ...['values-sandbox.yaml', `values-sandbox-${context.values}.yaml`].flatMap((file) => ['--values', join(chart, file)]), '--set', 'global.takeOverScaling=true', '--force-conflicts', '--timeout', '4m'], signal);
}

/** Secrets and the Tartware chart, installed by Helm itself; left alone when neither chart nor values changed. */
export const tartwareChart: Step = {
  kind: 'step',
  name: 'tartware-chart',
  needs: ['agent', 'kwok', 'monitoring-kinds', 'postgres', 'redis-cluster', 'kafka', 'clickhouse', 'kube-controller-manager', 'kube-scheduler', 'metrics-server'],
  run: async (context, signal) => {
    await makeLogins(context, SCHEMA_OWNERS);
    await apply(context, serviceSecrets(context));
    const stamp = context.state('chart.sha256');
    const hash = await chartHash(context.values);
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
    // An upgrade that is cancelled leaves something between the two charts.
    rmSync(stamp, { force: true });
    await installChart(context, signal);
    writeFileSync(stamp, hash);
  },
};

interface Deployments {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[] }[] } } };
  }[];
}

/** The services' own addresses of health, as their Deployments name them. */
async function healthUrls(context: Context): Promise<Map<string, string>> {
  const list = JSON.parse(await kubectl(context, ['get', 'deployments', '-n', NAMESPACE, '-l', 'app.kubernetes.io/part-of=tartware', '-o', 'json'])) as Deployments;
  return new Map(
    list.items.flatMap(({ metadata, spec }) => {
      const ops = spec.template.spec.containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === 'ops');
      return ops ? [[metadata.name, `http://127.0.0.1:${ops.containerPort}/health/ready`] as const] : [];
    }),
  );
}

/** Waits until each of the nine services answers that it is ready. */
export const servicesReady: Step = {
  kind: 'step',
  name: 'services',
  needs: ['tartware-chart'],
  run: async (context, signal) => {
    const waiting = await healthUrls(context);
    const deadline = Date.now() + READY_WITHIN_MS;
    while (waiting.size > 0 && Date.now() < deadline) {
      for (const [name, url] of waiting) {
        if (await answersOk(url).catch(() => false)) waiting.delete(name);
      }
      if (waiting.size > 0) await sleep(250, undefined, { signal });
    }
    if (waiting.size === 0) return;
    const names = [...waiting.keys()];
    throw new SandboxError('SERVICES_NOT_READY', `not ready after ${READY_WITHIN_MS / 1000} s: ${names.join(', ')}`, `kubectl --kubeconfig ${adminKubeconfig(context)} -n ${NAMESPACE} describe pods -l app.kubernetes.io/name=${names[0]}`);
  },
};
