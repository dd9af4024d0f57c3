/** Holds the built extension to its budget: `node bench/bundle.ts`, after `npm run build:extension`. Exits 1 past it. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const KIB = 1024;
/** What the browser loads before anything of ours is shown, and all that it can ever load. */
const BUDGET = { first: 150 * KIB, whole: 600 * KIB };

interface Chunk {
  readonly file: string;
  readonly gzip: number;
}

function chunksOf(folder: string): Chunk[] {
  return globSync('*.js', { cwd: folder }).map((file) => ({ file, gzip: gzipSync(readFileSync(join(folder, file))).length }));
}

const root = fileURLToPath(new URL('..', import.meta.url));
const { name, version } = JSON.parse(readFileSync(join(root, 'pkg', 'tartware', 'package.json'), 'utf8')) as { name: string; version: string };
const folder = join(root, 'dist-pkg', `${name}-${version}`);
const main = `${name}-${version}.umd.min.js`;
if (!existsSync(join(folder, main))) {
  console.error(`BUNDLE_MISSING: ${join('dist-pkg', `${name}-${version}`, main)} is not there\n  → build it first: npm run build:extension`);
  process.exit(1);
}

// The other builds of the same code (not minified, CommonJS) are never loaded by Rancher.
const chunks = chunksOf(folder).filter(({ file }) => file.includes('.umd.min'));
const first = chunks.find(({ file }) => file === main)?.gzip ?? Infinity;
const whole = chunks.reduce((sum, { gzip }) => sum + gzip, 0);
const kib = (bytes: number): string => `${(bytes / KIB).toFixed(1)} KiB`;
for (const { file, gzip } of chunks.sort((a, b) => b.gzip - a.gzip)) console.log(`${kib(gzip).padStart(12)}  ${file}`);
console.log(`first chunk ${kib(first)} of ${kib(BUDGET.first)}, whole extension ${kib(whole)} of ${kib(BUDGET.whole)} (gzip)`);
if (first > BUDGET.first || whole > BUDGET.whole) {
  console.error('BUNDLE_TOO_LARGE: the extension is past its budget\n  → import single functions and components by their path, and keep pages and charts in chunks of their own');
  process.exitCode = 1;
}
