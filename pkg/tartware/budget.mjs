// Fails when the built extension is larger than it may be (design: first file 150 KB, all of it 600 KB, both as gzip sends them).
// Usage: node budget.mjs [folder of the build]; without one, that of Rancher's build script.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const LIMITS = { first: 150_000, all: 600_000 };
const { name, version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const folder = process.argv[2] ?? fileURLToPath(new URL(`../../dist-pkg/${ name }-${ version }`, import.meta.url));
const first = `${ name }-${ version }.umd.min.js`;
const sizes = new Map(readdirSync(folder).filter((file) => file.endsWith('.js')).map((file) => [file, gzipSync(readFileSync(`${ folder }/${ file }`)).length]));
const found = { first: sizes.get(first) ?? Number.NaN, all: [...sizes.values()].reduce((sum, size) => sum + size, 0) };

for (const [part, limit] of Object.entries(LIMITS)) {
  // Written so that a missing first file, which has no size, fails as well.
  const within = found[part] <= limit;

  console.log(`${ part }: ${ found[part] } of ${ limit } bytes gzip${ within ? '' : ', too large' }`);
  if (!within) process.exitCode = 1;
}
