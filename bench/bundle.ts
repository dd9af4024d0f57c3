/** Is the built extension within its budget? `node bench/bundle.ts [folder of dist-pkg]` ends with 1 past it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUDGET, bundleSize, kilobytes, overBudget, wholeOf } from './bundle-size.ts';
import { finish } from './errors.ts';
import { aligned } from './table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

await finish(async () => {
  const { name, version } = JSON.parse(await readFile(join(root, 'pkg/tartware/package.json'), 'utf8')) as { name: string; version: string };
  const folder = process.argv[2] ?? join(root, 'dist-pkg', `${ name }-${ version }`);
  const size = await bundleSize(folder, `${ name }-${ version }`);
  const whole = wholeOf(size);
  const problems = overBudget(size);

  console.log(aligned([
    ['file', 'bytes', 'gzip', 'budget'],
    [`${ size.first.name } (first)`, kilobytes(size.first.bytes), kilobytes(size.first.gzip), kilobytes(BUDGET.first)],
    ...size.later.map(({ name: file, bytes, gzip }) => [file, kilobytes(bytes), kilobytes(gzip), '']),
    ['whole', kilobytes(size.later.reduce((sum, { bytes }) => sum + bytes, size.first.bytes)), kilobytes(whole), kilobytes(BUDGET.whole)],
  ]));
  for (const problem of problems) console.error(`BUNDLE_TOO_LARGE: ${ problem }\n  → import single functions and components by their path, and keep pages and charts in chunks of their own`);

  return problems.length > 0 ? 1 : 0;
});
