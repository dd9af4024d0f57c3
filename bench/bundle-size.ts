import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BenchError } from './errors.ts';

export interface FileSize {
  name: string;
  bytes: number;
  gzip: number;
}

export interface BundleSize {
  /** What Rancher loads at its own start, whether or not anybody opens our pages. */
  first: FileSize;
  /** Loaded when a page needs them. */
  later: FileSize[];
}

/** Bytes after gzip, of the first chunk and of everything a browser may ever load. 1 KB here is 1,000 bytes, as in browsers' tools. */
export const BUDGET = { first: 150_000, whole: 600_000 } as const;

/**
 * What a browser loads of a built extension: scripts and styles, not the source maps.
 * @param folder `dist-pkg/tartware-<version>`; @throws BenchError BUNDLE_MISSING
 */
export async function bundleSize(folder: string, name: string): Promise<BundleSize> {
  const entries = await readdir(folder).catch((): string[] => []);
  const first = `${ name }.umd.min.js`;

  if (!entries.includes(first)) throw new BenchError('BUNDLE_MISSING', `There is no ${ first } in ${ folder }.`, 'Build the extension: npm run build:extension');
  // The other builds of the same code (not minified, CommonJS) are never loaded by Rancher.
  const later = entries.filter((entry) => /\.umd\.min\..*\.js$|\.css$/.test(entry) && entry !== first);

  return { first: await sizeOf(folder, first), later: (await Promise.all(later.map((entry) => sizeOf(folder, entry)))).sort((a, b) => b.gzip - a.gzip) };
}

export function wholeOf({ first, later }: BundleSize): number {
  return later.reduce((sum, { gzip }) => sum + gzip, first.gzip);
}

/** What is over its budget, in words; empty when all is well. */
export function overBudget(size: BundleSize): string[] {
  return [
    { what: 'the first chunk', gzip: size.first.gzip, budget: BUDGET.first },
    { what: 'the whole extension', gzip: wholeOf(size), budget: BUDGET.whole },
  ].filter(({ gzip, budget }) => gzip > budget).map(({ what, gzip, budget }) => `${ what } has ${ kilobytes(gzip) } gzip, the budget is ${ kilobytes(budget) }`);
}

export function kilobytes(bytes: number): string {
  return `${ (bytes / 1000).toFixed(1) } KB`;
}

async function sizeOf(folder: string, name: string): Promise<FileSize> {
  const content = await readFile(join(folder, name));

  return { name, bytes: content.length, gzip: gzipSync(content).length };
}
