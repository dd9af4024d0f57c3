import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const shell = fileURLToPath(new URL('../../node_modules/@rancher/shell', import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [vue()],
  resolve: {
    alias: { '@shell': shell, '@components': `${ shell }/rancher-components` },
    // The shell carries a Vue of its own; two of them in one test would not see each other's components.
    dedupe: ['vue'],
  },
  test: {
    name: 'extension',
    environment: 'jsdom',
    setupFiles: ['testing/setup.ts'],
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.int.test.ts'],
    server: { deps: { inline: [/@rancher\/shell/] } },
  },
});
