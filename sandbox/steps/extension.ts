import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SandboxError } from '../errors.ts';
import { adminKubeconfig, kubectl } from '../kubectl.ts';
import { REPOSITORY } from '../paths.ts';
import type { Context, Step } from '../supervisor/part.ts';
import { bundleFolder } from './build.ts';
import { freeRelease, helm } from './helm.ts';

const CHART = 'charts/tartware-ui';
/** The buttons of Rancher's page Extensions find a release by the extension's name, and looks for extensions here only. */
const RELEASE = 'tartware';
const NAMESPACE = 'cattle-ui-plugin-system';
const READY_WITHIN_MS = 60_000;

/** What the chart has to be told of this machine. */
function settings(context: Context): string[] {
  return ['--set-string', `server.bundleFolder=${bundleFolder(context)}`, '--set', `server.port=${context.ports.extension}`];
}

/** Over the chart's files and its settings: tells whether the release has to be upgraded. */
function chartHash(context: Context): string {
  const hash = createHash('sha256').update(settings(context).join(' '));
  for (const path of globSync(`${CHART}/**/*.*`, { cwd: REPOSITORY }).sort()) hash.update(path).update(readFileSync(join(REPOSITORY, path)));
  return hash.digest('hex');
}

async function install(context: Context, signal: AbortSignal): Promise<void> {
  const stamp = context.state('extension-chart.sha256');
  const hash = chartHash(context);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  // An upgrade that is cancelled leaves something between the two charts.
  rmSync(stamp, { force: true });
  const chart = context.state('extension-chart');
  rmSync(chart, { recursive: true, force: true });
  cpSync(join(REPOSITORY, CHART), chart, { recursive: true });
  await freeRelease(context, RELEASE, NAMESPACE, signal);
  await helm(context, ['upgrade', RELEASE, chart, '--install', '--namespace', NAMESPACE, '--values', join(chart, 'values-sandbox.yaml'), ...settings(context), '--force-conflicts'], signal);
  writeFileSync(stamp, hash);
}

/** Whether the extension's pod can be reached where its UIPlugin says. */
async function isServed(context: Context): Promise<boolean> {
  return kubectl(context, ['get', '--raw', `/api/v1/namespaces/${NAMESPACE}/services/http:tartware-ui:8080/proxy/health/ready`]).then(() => true, () => false);
}

/** The extension as it is installed into a Rancher: its chart, by Helm, with one real pod that hands out the bundle of this checkout. */
export const extensionChart: Step = {
  kind: 'step',
  name: 'extension-chart',
  needs: ['extension', 'agent', 'kube-controller-manager', 'kube-scheduler', 'rancher-objects'],
  run: async (context, signal) => {
    await install(context, signal);
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
      if (await isServed(context)) return;
      await sleep(250, undefined, { signal });
    }
    throw new SandboxError('EXTENSION_NOT_SERVED', `the extension's pod is not ready after ${READY_WITHIN_MS / 1000} s`, `kubectl --kubeconfig ${adminKubeconfig(context)} -n ${NAMESPACE} describe pods`);
  },
};
