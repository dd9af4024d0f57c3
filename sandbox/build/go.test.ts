import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { processStart } from '../supervisor/processes.ts';
import { binariesFolder, ensureBinaries, GO_BUILDS } from './go.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tartware-go-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Puts a command named `go` first in the path; the real one isn't asked. */
function goThatSays(script: string): void {
  writeFileSync(join(folder, 'go'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'go'), 0o755);
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
}

describe('building the Go parts', () => {
  it('says that Go is missing, and how to get it', async () => {
    vi.stubEnv('PATH', folder);
    await expect(ensureBinaries(() => undefined)).rejects.toMatchObject({ code: 'GO_MISSING', hint: expect.stringContaining('1.25') });
  });

  it('refuses a Go that is too old', async () => {
    goThatSays('echo go1.24.9');
    await expect(ensureBinaries(() => undefined)).rejects.toMatchObject({ code: 'GO_TOO_OLD', message: expect.stringContaining('go1.24.9') });
  });

  it('reports a failed build with the compiler\'s words, and leaves no half-built binary', async () => {
    goThatSays('[ "$1" = env ] && echo go1.26.0 && exit 0; echo "some.go:1: undefined: x"; exit 1');
    await expect(ensureBinaries(() => undefined)).rejects.toMatchObject({ code: 'GO_BUILD_FAILED', message: expect.stringContaining('undefined: x') });
    expect(readdirSync(binariesFolder())).toEqual([]);
  });

  it('is cancelled with the compilers it runs, and leaves nothing half-built', async () => {
    const child = join(folder, 'child');
    goThatSays(`[ "$1" = env ] && echo go1.26.0 && exit 0; sleep 60 & echo $! > "${child}.next"; mv "${child}.next" "${child}"; wait`);
    const abort = new AbortController();
    const build = expect(ensureBinaries(() => undefined, abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
    await vi.waitUntil(() => existsSync(child));
    abort.abort();
    await build;
    expect(processStart(Number(readFileSync(child, 'utf8')))).toBeUndefined();
    expect(readdirSync(binariesFolder())).toEqual([]);
  });

  it('says that the disk is full when that is why', async () => {
    goThatSays('[ "$1" = env ] && echo go1.26.0 && exit 0; echo "write x: no space left on device"; exit 1');
    await expect(ensureBinaries(() => undefined)).rejects.toMatchObject({ code: 'GO_BUILD_FAILED', hint: expect.stringContaining('free some space') });
  });

  it('builds everything once, and names the binaries as the parts expect them', async () => {
    goThatSays(`[ "$1" = env ] && echo go1.26.0 && exit 0
for a; do case $a in -*) ;; */) out=$a;; *.*/*) e=\${a%/v[0-9]*}; touch "$out\${e##*/}";; esac; done`);
    const built: string[] = [];
    const bin = await ensureBinaries((name) => built.push(name));
    await ensureBinaries((name) => built.push(name));
    expect(built).toEqual(GO_BUILDS.map(({ name }) => name));
    for (const { binary } of GO_BUILDS.flatMap(({ packages }) => packages)) expect(existsSync(join(bin, binary)), binary).toBe(true);
  });
});
