import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUDGET, bundleSize, overBudget, wholeOf } from './bundle-size.ts';

const NAME = 'tartware-0.1.0';
let folder: string;

beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'tartware-bundle-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Files of random bytes, which do not get smaller. */
async function built(files: Record<string, number>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), randomBytes(bytes));
}

describe('the size of the extension', () => {
  it('counts scripts and styles after gzip, and neither source maps nor builds that nobody loads', async () => {
    await built({ [`${ NAME }.umd.min.js`]: 1000, [`${ NAME }.umd.min.7.js`]: 2000, [`${ NAME }.css`]: 300, [`${ NAME }.umd.min.7.js.map`]: 900_000, [`${ NAME }.common.js`]: 900_000, 'package.json': 50 });
    await writeFile(join(folder, `${ NAME }.umd.min.8.js`), 'a'.repeat(100_000));
    const size = await bundleSize(folder, NAME);

    expect(size.later.map(({ name }) => name)).toEqual([`${ NAME }.umd.min.7.js`, `${ NAME }.css`, `${ NAME }.umd.min.8.js`]);
    expect(wholeOf(size)).toBeGreaterThan(3300);
    expect(wholeOf(size)).toBeLessThan(3900);
    expect(overBudget(size)).toEqual([]);
  });

  it.each([
    ['the first chunk', { [`${ NAME }.umd.min.js`]: BUDGET.first }],
    ['the whole extension', { [`${ NAME }.umd.min.js`]: 1000, [`${ NAME }.umd.min.7.js`]: BUDGET.whole - 1000 }],
  ])('says that %s is over its budget', async (what, files) => {
    await built(files);
    expect(overBudget(await bundleSize(folder, NAME))).toEqual([expect.stringContaining(what)]);
  });

  it('is not measured when there is no build', async () => {
    await expect(bundleSize(folder, NAME)).rejects.toMatchObject({ code: 'BUNDLE_MISSING', hint: expect.stringContaining('build:extension') });
    await expect(bundleSize(join(folder, 'nowhere'), NAME)).rejects.toMatchObject({ code: 'BUNDLE_MISSING' });
  });

  it('ends with 1 past the budget and with 2 without a build', async () => {
    const command = fileURLToPath(new URL('bundle.ts', import.meta.url));
    const run = () => spawnSync(process.execPath, [command, folder], { encoding: 'utf8' });

    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining('BUNDLE_MISSING') });
    await built({ [`${ NAME }.umd.min.js`]: 1000 });
    expect(run()).toMatchObject({ status: 0, stdout: expect.stringContaining('600.0 KB') });
    await built({ [`${ NAME }.umd.min.js`]: BUDGET.first + 1 });
    expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('BUNDLE_TOO_LARGE: the first chunk') });
  });
});
