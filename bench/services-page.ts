/**
 * The Services page beside Rancher's own list of autoscalers, in one run against the running sandbox:
 * `node bench/services-page.ts [rounds]`. Both are opened from Cluster Explorer's side menu on a warm host.
 */
import { chromium, type Page, type Request } from '@playwright/test';
import { Cluster, NAMESPACE } from '../e2e/support/cluster.ts';
import { ServicesPage } from '../e2e/pages/services-page.ts';
import { stateFolder } from '../sandbox/paths.ts';
import { DEFAULT_PORTS } from '../sandbox/ports.ts';
import { signIns } from '../sandbox/sign-ins.ts';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const ROUNDS = Number(process.argv[2] ?? 7);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function signedIn(): Promise<Page> {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${DEFAULT_PORTS.edge}`, viewport: { width: 1500, height: 860 } });
  const admin = signIns(stateFolder).find(({ role }) => role === 'admin');
  await context.request.post('/v1-public/login', { data: { type: 'localProvider', responseType: 'cookie', username: admin?.username, password: admin?.password } });
  return context.newPage();
}

/** Goes to a page as a click in the menu does, without loading the dashboard anew. */
async function navigate(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    const { $globalApp } = window as unknown as { $globalApp: { $router: { push(path: string): void } } };
    $globalApp.$router.push(to);
  }, path);
}

async function timeUntil(page: Page, path: string, ready: () => Promise<void>): Promise<number> {
  await navigate(page, '/c/local/explorer/configmap');
  await page.getByRole('link', { name: 'kube-root-ca.crt' }).first().waitFor();
  await page.waitForTimeout(1_000);
  const started = performance.now();
  await navigate(page, path);
  await ready();
  return performance.now() - started;
}

/** What the extension asks for goes through the cluster's API, not through Rancher's stores. */
function isOurs(request: Request): boolean {
  return /\/k8s\/clusters\/local\/(api|apis)\//.test(request.url());
}

const page = await signedIn();
const services = new ServicesPage(page);
const cluster = new Cluster();
await services.open();
const ours: number[] = [];
const peer: number[] = [];
const requests: number[] = [];
const applied: number[] = [];
const { minReplicas = 1, maxReplicas } = (await cluster.hpa('settings')).spec;
for (let round = 0; round < ROUNDS; round++) {
  let count = 0;
  const counting = (request: Request): void => void (isOurs(request) && count++);
  page.on('request', counting);
  ours.push(await timeUntil(page, '/c/local/explorer/tartware-services', async () => services.row('command-center').root.waitFor()));
  page.off('request', counting);
  requests.push(count);
  peer.push(await timeUntil(page, '/c/local/explorer/autoscaling.horizontalpodautoscaler', async () => page.getByRole('link', { name: 'command-center', exact: true }).first().waitFor()));

  await navigate(page, '/c/local/explorer/tartware-services');
  await services.row('settings').field('max').fill(String(maxReplicas + 5 + round));
  const started = performance.now();
  await services.tray.apply.click();
  await services.tray.applied('settings').waitFor();
  applied.push(performance.now() - started);
  await cluster.setRange('settings', minReplicas, maxReplicas);
}
await page.context().browser()?.close();

const ms = (values: readonly number[]): string => `${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)})`;
const pods = (await cluster.hpas()).reduce((sum, { status }) => sum + (status?.currentReplicas ?? 0), 0);
console.log(`${ROUNDS} rounds, ${pods} pods in ${NAMESPACE}; medians, with the range`);
console.log(`Services page useful            ${ms(ours)}`);
console.log(`Rancher's list of autoscalers   ${ms(peer)}`);
console.log(`ratio ours / Rancher's          ${(median(ours) / median(peer)).toFixed(2)}`);
console.log(`requests of ours until useful   ${Math.max(...requests)} at most`);
console.log(`Apply → changed range on screen ${ms(applied)}`);
