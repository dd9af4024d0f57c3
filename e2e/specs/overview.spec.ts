import { expect, expectAccessible, picture, test } from '../support/test.ts';
import { underLoad } from '../support/load.ts';

const OVERVIEW = '/dashboard/c/local/explorer/tartware-overview';

test('the overview shows nine services, totals, and a chart that is also a table', async ({ page }) => {
  await underLoad({ rps: 40, seconds: 25 }, async () => {
    await page.goto(OVERVIEW);
    await expect(page.locator('tbody tr[data-testid^="overview-"]')).toHaveCount(9, { timeout: 45_000 });
    await expect(page.getByTestId('total-rps')).toContainText(/\d/, { timeout: 40_000 });
    await expect(page.getByTestId('time-series-chart').first()).toBeVisible();
    await expectAccessible(page);
    await picture(page, 'overview');
  });
});

test('it is also a page of the top-level product', async ({ page }) => {
  await page.goto('/dashboard/tartware/c/_/tartware-overview');
  await expect(page.getByTestId('page-title')).toHaveText('Overview', { timeout: 45_000 });
});
