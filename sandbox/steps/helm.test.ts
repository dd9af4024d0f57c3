import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_PORTS } from '../ports.ts';
import type { Context } from '../supervisor/part.ts';
import { freeRelease, helm } from './helm.ts';

let folder: string;
let context: Context;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tartware-helm-'));
  context = { address: '192.0.2.1', ports: DEFAULT_PORTS, bin: folder, state: (...segments) => join(folder, ...segments), values: 'live' };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A Helm that answers `status` like this, and writes down what else it is asked. */
function helmWhoseStatus(script: string): void {
  writeFileSync(join(folder, 'helm'), `#!/bin/sh\nif [ "$1" = status ]; then ${script}; else echo "$@" >> "${folder}/asked"; fi\n`);
  chmodSync(join(folder, 'helm'), 0o755);
}

async function askedOf(script: string): Promise<string | undefined> {
  helmWhoseStatus(script);
  await freeRelease(context, 'tartware', 'tartware-system', new AbortController().signal);
  return existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim() : undefined;
}

const status = (name: string, version: number): string => `echo '${JSON.stringify({ name: 'tartware', info: { status: name }, version })}'`;

describe('a release that a killed Helm left pending', () => {
  it('goes back to the revision before', async () => {
    expect(await askedOf(status('pending-upgrade', 3))).toBe('rollback tartware --force-conflicts --namespace tartware-system');
  });

  it('is uninstalled when there is none before', async () => {
    expect(await askedOf(status('pending-install', 1))).toBe('uninstall tartware --namespace tartware-system');
  });
});

describe('a release that can be upgraded', () => {
  it('is left alone, also when the last upgrade failed', async () => {
    expect(await askedOf(status('deployed', 2))).toBeUndefined();
    expect(await askedOf(status('failed', 2))).toBeUndefined();
  });

  it('may be missing', async () => {
    expect(await askedOf('echo "Error: release: not found" >&2; exit 1')).toBeUndefined();
  });
});

describe('a failure', () => {
  const upgrade = async (script: string): Promise<void> => {
    writeFileSync(join(folder, 'helm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await helm(context, ['upgrade', 'tartware', 'chart'], new AbortController().signal);
  };

  it('is told in Helm\'s own words', async () => {
    await expect(upgrade('echo "Error: no such chart" >&2; exit 1')).rejects.toMatchObject({ code: 'HELM_FAILED', message: 'helm upgrade tartware: Error: no such chart' });
  });

  it('names the signal when Helm was killed', async () => {
    await expect(upgrade('echo "Installing it now."; kill -9 $$')).rejects.toMatchObject({ code: 'HELM_FAILED', message: expect.stringMatching(/SIGKILL.*Installing it now/s) });
  });
});
