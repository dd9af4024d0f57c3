import type { V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { ServicesPage } from '../pages/services-page.ts';
import { expect, expectAccessible, picture, test } from '../support/test.ts';

/** The ranges that the tests change, as the chart sets them. */
const CHANGED = ['core', 'reservations', 'settings'];

let before: V2HorizontalPodAutoscaler[] = [];

test.beforeEach(async ({ cluster }) => {
  before = (await cluster.hpas()).filter(({ metadata }) => CHANGED.includes(metadata?.name ?? ''));
});

test.afterEach(async ({ cluster }) => {
  for (const { metadata, spec } of before) {
    const name = metadata?.name ?? '';
    const living = await cluster.findHpa(name);
    if (living === undefined) await cluster.createHpa({ metadata: metadata ?? {}, spec });
    else await cluster.setRange(name, spec.minReplicas ?? 1, spec.maxReplicas);
  }
});

test.describe('an operator', () => {
  test('sees nine services with what they use and want', async ({ page }) => {
    const services = new ServicesPage(page);
    await services.open();
    await expect(services.rows).toHaveCount(9);
    await expect(services.row('core').root).toContainText('Core');
    await expect(services.row('core').root.getByTestId('usage-cpu')).toContainText('70 %');
    await expect(services.row('core').root.getByTestId('usage-memory')).toContainText('80 %');
    await expect(page.getByTestId('sandbox-banner')).toContainText('simulated');
    await expectAccessible(page);
  });

  test('raises a minimum by keyboard alone, and the real autoscaler follows', async ({ page, cluster }) => {
    const services = new ServicesPage(page);
    await services.open();
    const row = services.row('reservations');
    await row.slider('min').focus();
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await expect(row.slider('min')).toHaveAttribute('aria-valuetext', /^9 pods, was 1/);
    await expect(services.tray.draft('reservations')).toContainText('1 → 9');
    expect((await cluster.hpa('reservations')).spec.minReplicas).toBe(1);
    await picture(page, 'services');
    await expectAccessible(page);

    await services.tray.apply.focus();
    await page.keyboard.press('Enter');
    await expect(services.tray.applied('reservations')).toContainText('9–70');
    expect((await cluster.hpa('reservations')).spec.minReplicas).toBe(9);
    await expect(row.current).toHaveText('9', { timeout: 45_000 });
  });

  test('drags a maximum by pointer, applies, and undoes it', async ({ page, cluster }) => {
    const services = new ServicesPage(page);
    await services.open();
    const row = services.row('settings');
    const track = await row.slider('max').boundingBox();
    const end = Number(await row.slider('max').getAttribute('max'));
    if (!track) throw new Error('the slider is not on the page');
    const x = (value: number): number => track.x + 8 + (value / end) * (track.width - 16);
    const y = track.y + track.height / 2;
    await page.mouse.move(x(20), y);
    await page.mouse.down();
    await page.mouse.move(x(60), y, { steps: 8 });
    await page.mouse.up();
    const wanted = Number(await row.field('max').inputValue());
    expect(wanted).toBeGreaterThan(50);
    expect(wanted).toBeLessThan(70);
    expect((await cluster.hpa('settings')).spec.maxReplicas).toBe(20);

    await services.tray.apply.click();
    await expect(services.tray.applied('settings')).toBeVisible();
    expect((await cluster.hpa('settings')).spec.maxReplicas).toBe(wanted);
    await services.tray.undo.click();
    await expect(services.tray.root).toBeHidden();
    await expect(row.field('max')).toHaveValue('20');
    expect((await cluster.hpa('settings')).spec.maxReplicas).toBe(20);
  });

  test('gathers changes of several services and discards them', async ({ page, cluster }) => {
    const services = new ServicesPage(page);
    await services.open();
    await services.row('core').field('max').fill('90');
    await services.row('settings').field('min').fill('2');
    await expect(services.tray.draft('core')).toContainText('80 → 90');
    await expect(services.tray.draft('settings')).toContainText('1 → 2');
    await services.tray.discard.click();
    await expect(services.tray.root).toBeHidden();
    await expect(services.row('core').field('max')).toHaveValue('80');
    expect((await cluster.hpa('core')).spec.maxReplicas).toBe(80);
  });

  test('keeps his change, and chooses, when somebody else changed the same range meanwhile', async ({ page, cluster, faults }) => {
    faults.allow(/response: (409|422) PATCH|console: Failed to load resource.*(409|422)/);
    const services = new ServicesPage(page);
    await services.open();
    await services.row('core').field('max').fill('90');
    await cluster.setRange('core', 2, 85);
    const draft = services.tray.draft('core');
    await expect(draft.getByTestId('conflict')).toContainText('1–90');
    await expect(draft.getByTestId('conflict')).toContainText('2–85');
    await expect(services.tray.apply).toBeDisabled();
    await picture(page, 'conflict');
    await draft.getByTestId('keep-mine').click();
    await services.tray.apply.click();
    await expect(services.tray.applied('core')).toContainText('2–90');
    const { minReplicas, maxReplicas } = (await cluster.hpa('core')).spec;
    expect([minReplicas, maxReplicas]).toEqual([2, 90]);
  });

  test('is told when the autoscaler vanished, and loses nothing else', async ({ page, cluster, faults }) => {
    faults.allow(/response: 404|console: Failed to load resource.*404/);
    const services = new ServicesPage(page);
    await services.open();
    await services.row('settings').field('max').fill('25');
    await services.row('core').field('max').fill('90');
    await cluster.deleteHpa('settings');
    await expect(services.tray.draft('settings').getByTestId('conflict')).toContainText('deleted');
    await expect(services.tray.draft('core')).toContainText('80 → 90');
    await services.tray.draft('settings').getByTestId('take-theirs').click();
    await expect(services.tray.apply).toBeEnabled();
  });

  for (const [field, value, words] of [
    ['min', '0', /1/],
    ['min', '90', /max/i],
    ['max', '99999', /10,?000/],
    ['min', '', /number|whole/i],
  ] as const) {
    test(`is told at the field that ${field} ${value || 'nothing'} can't be`, async ({ page }) => {
      const services = new ServicesPage(page);
      await services.open();
      await services.row('core').field(field).fill(value);
      await expect(services.row('core').root.locator('[data-testid^="problem-"]').first()).toContainText(words);
      await expect(services.tray.apply).toBeDisabled();
    });
  }

  test('is told what binds when the quota has no room for a maximum', async ({ page }) => {
    const services = new ServicesPage(page);
    await services.open();
    await services.row('core').field('max').fill('900');
    const fit = services.tray.root.getByTestId('fit');
    await expect(fit.getByTestId('fit-verdict')).toHaveText('Does not fit the quota');
    await expect(fit).toContainText('limits.cpu, quota tartware');
    await expect(fit).toContainText(/up to \d+ of 900/);
    await services.row('core').field('max').fill('81');
    await expect(fit.getByTestId('fit-verdict')).toHaveText('Fits the quota');
    await services.row('core').field('max').fill('900');
    await expect(fit.getByTestId('fit-verdict')).toHaveText('Does not fit the quota');
    await picture(page, 'quota');
  });
});

test.describe('a viewer', () => {
  test.use({ role: 'viewer' });

  test('sees everything, and why nothing can be changed', async ({ page }) => {
    const services = new ServicesPage(page);
    await services.open();
    await expect(services.rows).toHaveCount(9);
    await expect(page.getByTestId('no-right')).toContainText('patch horizontalpodautoscalers.autoscaling');
    await expect(services.row('core').slider('min')).toBeDisabled();
    await expect(services.row('core').field('max')).toBeDisabled();
    await expectAccessible(page);
    await picture(page, 'viewer');
  });
});

test.describe('in the dark', () => {
  test.use({ colorScheme: 'dark' });

  test('the page is as readable', async ({ page }) => {
    const services = new ServicesPage(page);
    await services.open();
    await services.row('core').field('max').fill('90');
    await expect(services.tray.root).toBeVisible();
    await expectAccessible(page);
    await picture(page, 'services-dark');
  });
});
