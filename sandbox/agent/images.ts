import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { SandboxError } from '../errors.ts';

/** What stands in for an image: where its process runs, and its entry point. */
export interface LocalImage {
  readonly cwd: string;
  readonly command: readonly string[];
}

/** `registry:5000/tartware/core:1.2@sha256:…` → `registry:5000/tartware/core`. */
export function repositoryOf(image: string): string {
  return (image.split('@')[0] ?? '').replace(/:[^/:]*$/, '');
}

function isLocalImage(value: unknown): value is LocalImage {
  if (typeof value !== 'object' || value === null) return false;
  const { cwd, command } = value as Record<string, unknown>;
  return typeof cwd === 'string' && Array.isArray(command) && command.every((word) => typeof word === 'string');
}

/**
 * Reads the map of images from a JSON file `{ "<repository>": { "cwd": "…", "command": ["…"] } }`.
 * @param root what a relative `cwd` is relative to
 * @throws SandboxError INVALID_IMAGES
 */
export function readImages(file: string, root: string): Map<string, LocalImage> {
  const hint = 'it must be JSON of the form { "<repository>": { "cwd": "services/core", "command": ["node", "main.ts"] } }';
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SandboxError('INVALID_IMAGES', `can't read the images from ${file}: ${error instanceof Error ? error.message : String(error)}`, hint, { cause: error });
  }
  const images = new Map<string, LocalImage>();
  for (const [repository, image] of Object.entries(content ?? {})) {
    if (!isLocalImage(image)) throw new SandboxError('INVALID_IMAGES', `the entry ${repository} of ${file} is malformed`, hint);
    images.set(repository, { command: image.command, cwd: isAbsolute(image.cwd) ? image.cwd : join(root, image.cwd) });
  }
  return images;
}
