import { expect, expectAccessible, picture, test } from '../support/test.ts';

const AUTOSCALING = '/dashboard/c/local/explorer/tartware-autoscaling';

test('the list shows every autoscaler with its state in words and its usage', async ({ page, cluster }) => {
  await page.goto(AUTOSCALING);
  const rows = page.locator('tr[data-testid^="autoscaler-"]');
  await expect(rows).toHaveCount((await cluster.hpas()).length, { timeout: 45_000 });
  const core = page.getByTestId('autoscaler-core');
  await expect(core.getByTestId('min')).toHaveText('1');
  await expect(core.getByTestId('max')).toHaveText('80');
  await expect(core.getByTestId('metric-cpu')).toContainText('%');
  await expect(core.getByTestId('state')).not.toBeEmpty();
  await expectAccessible(page);
  await picture(page, 'autoscaling');
});

test('a row leads to Rancher\'s own page of the autoscaler', async ({ page }) => {
  await page.goto(AUTOSCALING);
  await page.getByTestId('autoscaler-core').getByTestId('autoscaler-link').click({ timeout: 45_000 });
  await expect(page).toHaveURL(/autoscaling\.horizontalpodautoscaler\/tartware-system\/core/);
});
