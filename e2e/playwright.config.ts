import { defineConfig } from '@playwright/test';
import { DEFAULT_PORTS } from '../sandbox/ports.ts';

/** Debian's Chromium with everything off that calls out by itself. */
const CHROMIUM_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export default defineConfig({
  testDir: './specs',
  outputDir: '../test-results/e2e',
  globalSetup: './support/global-setup.ts',
  // One cluster for all: tests change and restore it one after the other.
  workers: 1,
  fullyParallel: false,
  // A flaky test is a defect to find, not to repeat.
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: process.env.CI ? [['list']] : [['list'], ['html', { open: 'never', outputFolder: '../playwright-report' }]],
  use: {
    baseURL: `http://127.0.0.1:${DEFAULT_PORTS.edge}`,
    viewport: { width: 1500, height: 860 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: CHROMIUM_FLAGS },
  },
});
