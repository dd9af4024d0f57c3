import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const REPOSITORY = dirname(dirname(fileURLToPath(import.meta.url)));

/** What can be rebuilt: Go binaries, the dashboard, Node, Locust. Shared by all checkouts, keyed by version. */
export function cacheFolder(...segments: string[]): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tartware-sandbox', ...segments);
}

/** What a sandbox remembers between starts: data, keys, logs. One per checkout. */
export function stateFolder(...segments: string[]): string {
  const checkout = createHash('sha256').update(REPOSITORY).digest('hex').slice(0, 8);
  const base = process.env.TARTWARE_STATE || join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'tartware-sandbox', checkout);
  return join(base, ...segments);
}
