import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireCluster, requireFreeSpace } from './preflight.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tartware-preflight-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('free space', () => {
  it('is enough for a byte', () => {
    expect(() => requireFreeSpace(folder, 1)).not.toThrow();
  });

  it('that is missing is said with figures and the way out', () => {
    expect(() => requireFreeSpace(folder, 2 ** 60)).toThrow(expect.objectContaining({ code: 'DISK_FULL', message: expect.stringMatching(/GiB free.*needs/), hint: expect.stringContaining('XDG_CACHE_HOME') }));
  });
});

describe('the user\'s own kubeconfig', () => {
  const write = (text: string): string => {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, text);
    return path;
  };

  it('that is missing is named', async () => {
    await expect(requireCluster(join(folder, 'none'), folder)).rejects.toMatchObject({ code: 'KUBECONFIG_UNREADABLE', message: expect.stringContaining('none') });
  });

  it.each(['clusters: [', 'just words', '[]', 'clusters: []\nusers: []'])('that reads %j is refused with what belongs into one', async (text) => {
    await expect(requireCluster(write(text), folder)).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID', hint: expect.stringContaining('current-context') });
  });
});
