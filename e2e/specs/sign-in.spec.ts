import { test as base, type Page } from '@playwright/test';
import { expect, Faults, userWith } from '../support/test.ts';

/** Not signed in yet, and watched as every test: only being asked who one is may fail. */
const test = base.extend({
  page: async ({ page }, use) => {
    const faults = new Faults();
    faults.allow(/response: 401|console: Failed to load resource.*401/);
    faults.watch(page);
    await use(page);
    expect(faults.unexpected(), 'console errors and failed requests').toEqual([]);
  },
});

async function signInAs(page: Page, username: string, password: string): Promise<void> {
  await page.getByTestId('local-login-username').fill(username);
  await page.getByTestId('local-login-password').locator('input').fill(password);
  await page.getByTestId('login-submit').click();
}

test.describe('the address that npm start prints', () => {
  for (const role of ['admin', 'viewer'] as const) {
    test(`asks the ${role} to sign in, and opens on the Services page`, async ({ page }) => {
      const { username, password } = userWith(role);
      await page.goto('/');
      await signInAs(page, username, password);
      await expect(page).toHaveURL(/\/c\/local\/explorer\/tartware-services$/, { timeout: 30_000 });
      await expect(page.getByTestId('service-api-gateway')).toBeVisible({ timeout: 45_000 });
    });
  }

  test('refuses a wrong password in words, and stays where it is', async ({ page }) => {
    await page.goto('/');
    await signInAs(page, 'admin', 'wrong');
    await expect(page.getByText(/invalid|incorrect|wrong/i).first()).toBeVisible();
    await expect(page).toHaveURL(/auth\/login/);
  });
});
