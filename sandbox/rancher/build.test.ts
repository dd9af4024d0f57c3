import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { processStart } from '../supervisor/processes.ts';
import { buildDashboard, buildExtension } from './build.ts';
import { temporaryFolder } from '../testing/folder.ts';

/** A repository whose build programs are small scripts: the real ones take minutes, and what is tested is when they run. */
let repoRoot: string;
let outDir: string;
let lines: string[];

const log = (line: string) => void lines.push(line);
const builds = () => lines.filter((line) => line === 'building').length;

function write(path: string, content: string): void {
  const file = join(repoRoot, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, 0o755);
}

function buildProgram(script: string): void {
  write('node_modules/.bin/vue-cli-service', `#!/bin/sh\necho building\n${script}`);
  write('node_modules/@rancher/shell/scripts/build-pkg.sh', `echo building\n${script}`);
}

beforeEach(() => {
  [repoRoot, outDir] = [temporaryFolder(), temporaryFolder()];
  lines = [];
  write('node_modules/@rancher/shell/package.json', '{"version":"3.0.13"}');
  for (const path of ['vue.config.cjs', 'babel.config.cjs', 'sandbox/rancher/dashboard.vue.config.cjs', 'package-lock.json', 'pkg/domain/index.ts', 'pkg/tartware/index.ts']) write(path, '');
  write('sandbox/rancher/offline.html', '<script>offline</script>');
  write('pkg/tartware/package.json', '{"name":"tartware","version":"0.1.0","rancher":{"annotations":{"a":"b"}}}');
  buildProgram('echo "<head></head>" > "$OUTPUT_DIR/index.html"');
});

describe('building the dashboard', () => {
  it('is done once per version of the shell', async () => {
    const folder = await buildDashboard({ repoRoot, outDir, log });
    expect(await buildDashboard({ repoRoot, outDir, log })).toBe(folder);
    expect(builds()).toBe(1);
    write('node_modules/@rancher/shell/package.json', '{"version":"3.0.14"}');
    expect(await buildDashboard({ repoRoot, outDir, log })).not.toBe(folder);
  });

  it('keeps the page from calling outside', async () => {
    expect(readFileSync(join(await buildDashboard({ repoRoot, outDir, log }), 'index.html'), 'utf8')).toBe('<head><script>offline</script></head>\n');
  });

  it('that fails says why, and is tried anew the next time', async () => {
    buildProgram('echo "ENOSPC: no space left on device"; exit 1');
    await expect(buildDashboard({ repoRoot, outDir, log })).rejects.toMatchObject({ code: 'DASHBOARD_BUILD_FAILED', message: expect.stringContaining('ENOSPC'), hint: expect.stringContaining('disk space') });
    buildProgram('echo "<head></head>" > "$OUTPUT_DIR/index.html"');
    expect(existsSync(join(await buildDashboard({ repoRoot, outDir, log }), 'index.html'))).toBe(true);
  });
});

describe('a build that is cancelled', () => {
  it.each([['dashboard', buildDashboard], ['extension', buildExtension]] as const)('ends with all that its script started: %s', async (_name, build) => {
    buildProgram('sleep 60 & echo "child $!"; wait');
    const abort = new AbortController();
    const built = expect(build({ repoRoot, outDir, log, signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitUntil(() => lines.length === 2);
    abort.abort();
    await built;
    expect(processStart(Number(lines[1]?.split(' ')[1]))).toBeUndefined();
    expect(readdirSync(outDir)).toEqual([]);
  });
});

describe('building the extension', () => {
  beforeEach(() => buildProgram('mkdir -p dist-pkg/tartware-0.1.0 && echo bundle > dist-pkg/tartware-0.1.0/tartware-0.1.0.umd.min.js'));

  it('gives the bundle with the index entry that its annotations make', async () => {
    expect(await buildExtension({ repoRoot, outDir, log })).toBe(outDir);
    expect(existsSync(join(outDir, 'tartware-0.1.0/tartware-0.1.0.umd.min.js'))).toBe(true);
    expect(JSON.parse(readFileSync(join(outDir, 'tartware-0.1.0/uiplugin.json'), 'utf8'))).toEqual({ name: 'tartware', version: '0.1.0', metadata: { a: 'b' } });
  });

  it.each([['pkg/tartware/pages/new.vue', 2], ['pkg/domain/index.ts', 2], ['package-lock.json', 2], ['pkg/tartware/index.test.ts', 1], ['pkg/tartware/node_modules/x/index.ts', 1], ['services/core/main.ts', 1]])(
    'after a change of %s is done %i times',
    async (path, times) => {
      await buildExtension({ repoRoot, outDir, log });
      write(path, 'changed');
      await buildExtension({ repoRoot, outDir, log });
      expect(builds()).toBe(times);
    },
  );

  it('that fails says why', async () => {
    buildProgram('echo "Module not found"; exit 1');
    await expect(buildExtension({ repoRoot, outDir, log })).rejects.toMatchObject({ code: 'EXTENSION_BUILD_FAILED', message: expect.stringContaining('Module not found') });
  });
});
