import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { REPOSITORY } from '../../sandbox/paths.ts';
import { ServicesPage } from '../pages/services-page.ts';
import { part } from '../support/cluster.ts';
import { underLoad } from '../support/load.ts';
import { expect, picture, test } from '../support/test.ts';

/** A figure above zero; without a series the page says n/a. */
const MEASURED = /[1-9]/;

test('the sandbox\'s Prometheus holds every alert of the chart, and finds no mistake in any', async ({ page }) => {
  const path = '/k8s/clusters/local/api/v1/namespaces/cattle-monitoring-system/services/http:rancher-monitoring-prometheus:9090/proxy/api/v1/rules?type=alert';
  const { data } = (await (await page.request.get(path)).json()) as { data: { groups: { rules: { name: string; health: string }[] }[] } };
  const rules = data.groups.flatMap((group) => group.rules);
  const alerts = new Set(globSync('charts/tartware/rules/*/Tartware*.yaml', { cwd: REPOSITORY }).map((file) => basename(file, '.yaml')));

  expect(rules.map(({ name }) => name).sort()).toEqual([...alerts].sort());
  expect(rules.filter(({ health }) => health === 'err')).toEqual([]);
});

test('while Prometheus is down the page says since when, keeps what it knew, and goes on scaling', async ({ page, faults }) => {
  test.setTimeout(180_000);
  faults.allow(/response: 5\d\d .*rancher-monitoring-prometheus|console: Failed to load resource.*5\d\d/);
  const services = new ServicesPage(page);
  const rate = services.row('core').root.getByTestId('rps');
  await underLoad({ rps: 20, seconds: 60 }, async () => {
    await services.open();
    await expect(rate).toHaveText(MEASURED, { timeout: 45_000 });
  });
  await expect(page.getByTestId('metrics-stale')).toBeHidden();
  await part('stop', 'prometheus');
  try {
    await expect(page.getByTestId('metrics-stale')).toBeVisible({ timeout: 40_000 });
    await expect(services.rows).toHaveCount(9);
    await expect(rate).toHaveText(MEASURED);
    await services.row('core').field('max').fill('90');
    await expect(services.tray.apply).toBeEnabled();
    await picture(page, 'stale');
    await services.tray.discard.click();
  } finally {
    await part('start', 'prometheus');
  }
  await expect(page.getByTestId('metrics-stale')).toBeHidden({ timeout: 40_000 });
});

test('under a real load the gateway\'s autoscaler adds pods while the page shows it', async ({ page, cluster }) => {
  test.setTimeout(180_000);
  const services = new ServicesPage(page);
  await services.open();
  const row = services.row('api-gateway');
  const before = (await cluster.hpa('api-gateway')).status?.currentReplicas ?? 0;
  await underLoad({ rps: 400, seconds: 120 }, async () => {
    await expect.poll(async () => Number(await row.current.textContent()), { timeout: 110_000 }).toBeGreaterThan(before);
    const shown = Number(await row.current.textContent());
    expect(shown).toBeLessThanOrEqual((await cluster.hpa('api-gateway')).spec.maxReplicas);
    await expect(row.root.getByTestId('rps')).toHaveText(MEASURED, { timeout: 30_000 });
    await picture(page, 'under-load');
  });
});
