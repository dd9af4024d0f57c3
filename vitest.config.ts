import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import type { TestProjectConfiguration } from 'vitest/config';

const integrationTests = '**/*.int.test.ts';
const notTests = ['**/node_modules/**', '**/dist/**', '**/dist-pkg/**'];

/** Unit tests of one room: they start nothing that listens on a port for longer than a test. */
function unit(name: string, include: string[]): TestProjectConfiguration {
  return { test: { name, include, exclude: [...notTests, integrationTests] } };
}

/** The extension's components need a DOM and Rancher's shell; its own vitest.config.ts, once there, knows more about that. */
function extension(): TestProjectConfiguration {
  if (existsSync('pkg/tartware/vitest.config.ts')) {
    return 'pkg/tartware/vitest.config.ts';
  }
  const shell = fileURLToPath(new URL('./node_modules/@rancher/shell', import.meta.url));

  return {
    plugins: [vue()],
    resolve: { alias: { '@shell': shell, '@components': `${ shell }/rancher-components` } },
    test: { name: 'extension', environment: 'jsdom', include: ['pkg/tartware/**/*.test.ts'], exclude: [...notTests, integrationTests] },
  };
}

export default defineConfig({
  test: {
    projects: [
      unit('domain', ['pkg/domain/**/*.test.ts']),
      extension(),
      unit('services', ['services/**/*.test.ts']),
      unit('sandbox', ['sandbox/**/*.test.ts']),
      unit('loadtest', ['loadtest/**/*.test.ts']),
      unit('charts', ['charts/**/*.test.ts']),
      unit('tooling', ['*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts', 'e2e/**/*.test.ts']),
      {
        test: {
          name: 'integration',
          include: [integrationTests],
          exclude: notTests,
          // These start databases, control planes and services: one at a time, or two cores become the thing under test.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
