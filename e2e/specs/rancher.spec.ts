import { expect, test } from '../support/test.ts';

test('Rancher\'s own pages are as they were: its list of nodes names and links them', async ({ page }) => {
  await page.goto('/dashboard/c/local/explorer/node');
  await expect(page.getByRole('link', { name: 'compute-001', exact: true })).toBeVisible({ timeout: 45_000 });
});
