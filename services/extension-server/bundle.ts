/** The built extension as it lies in a folder, and the archive of it that Rancher fetches. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

export interface Bundle {
  readonly folder: string;
  /** Of the extension, as its package.json has them. */
  readonly name: string;
  readonly version: string;
  /** Names of the files that Rancher is to fetch, in the order of the alphabet. */
  readonly files: readonly string[];
  /** Source maps, for those who ask for one: three quarters of the bytes, which Rancher would keep on each of its replicas. */
  readonly maps: readonly string[];
}

/** The folder holds no whole extension: none was built, or one is being built. */
export class BundleError extends Error {
  readonly code = 'bundle_incomplete';
  readonly hint = 'Set BUNDLE_FOLDER to what `npm run build:extension` left in dist-pkg/tartware-<version>.';
}

/**
 * Reads the folder anew each time: in development the next build takes the place of this one.
 * @throws BundleError
 */
export async function readBundle(folder: string): Promise<Bundle> {
  try {
    const { name, version } = describe(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
    const entries = await readdir(folder, { withFileTypes: true });
    const all = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name).sort();
    const [files, maps] = [all.filter((file) => !file.endsWith('.map')), all.filter((file) => file.endsWith('.map'))];

    // The dashboard loads this one first, and by this name.
    if (!files.includes(`${name}-${version}.umd.min.js`)) throw new Error(`there is no ${name}-${version}.umd.min.js`);
    return { folder, name, version, files, maps };
  } catch (cause) {
    throw new BundleError(`${folder} holds no built extension: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function describe(manifest: unknown): Pick<Bundle, 'name' | 'version'> {
  if (typeof manifest === 'object' && manifest !== null && 'name' in manifest && 'version' in manifest) {
    const { name, version } = manifest;
    if (typeof name === 'string' && typeof version === 'string') return { name, version };
  }
  throw new Error('its package.json has no name and version');
}

/** One line for each file, as Rancher asks for them below the endpoint. */
export function fileList({ files }: Bundle): string {
  return files.map((file) => `plugin/${file}\n`).join('');
}

/**
 * `<version>/plugin/<file>` as tar.gz, which Rancher unpacks into its cache as it is. It makes no folder that the archive
 * doesn't name, so both are named before their files.
 */
export async function archive({ folder, version, files }: Bundle): Promise<Buffer> {
  const tar = pack();
  const archived = buffer(tar.pipe(createGzip()));
  for (const name of [`${version}/`, `${version}/plugin/`]) tar.entry({ name, type: 'directory', mode: 0o755 });
  for (const file of files) tar.entry({ name: `${version}/plugin/${file}`, mode: 0o644 }, await readFile(join(folder, file)));
  tar.finalize();
  return archived;
}
