import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExtensionEntry, ExtensionSource } from './extensions.ts';

/**
 * The extensions below a folder: one folder `<name>-<version>` each, with the `uiplugin.json` that buildExtension writes. For a cluster of
 * the user's, which can run no pod of this checkout.
 */
export function folderExtensions(folder: string): ExtensionSource {
  return {
    entries: async () => readExtensions(folder),
    file: async ({ name, version }, file) => readFile(join(folder, `${name}-${version}`, file)).catch(() => undefined),
  };
}

function readExtensions(folder: string): ExtensionEntry[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap((entry) => {
    const described = readDescription(join(folder, entry.name, 'uiplugin.json'));
    if (!described || entry.name !== `${described.name}-${described.version}`) return [];
    const { name, version, metadata } = described;
    return [{ name, version, endpoint: `/v1/uiplugins/${name}/${version}/plugin`, noCache: false, noAuth: false, metadata }];
  });
}

type Description = Pick<ExtensionEntry, 'name' | 'version' | 'metadata'>;

function readDescription(path: string): Description | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isDescription(value) ? value : undefined;
  } catch {
    // A folder that is being written, or isn't an extension: the index goes on without it.
    return undefined;
  }
}

function isDescription(value: unknown): value is Description {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map(Object.entries(value));
  return typeof fields.get('name') === 'string' && typeof fields.get('version') === 'string' && typeof fields.get('metadata') === 'object' && fields.get('metadata') !== null;
}
