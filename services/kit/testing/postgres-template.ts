/**
 * What `initdb` makes is the same each time and takes a second of one core: temporary data begins as a copy of what the first one on this machine got, its
 * password too. The copy lies in the user's cache folder, which only the user (as root: root and PostgreSQL's account) can read.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';

const run = promisify(execFile);

/** @param how all that decides what the data looks like @returns where the template is, or will be */
export function templateOf(how: readonly string[]): string {
  const digest = createHash('sha256').update(how.join('\n')).digest('hex').slice(0, 16);
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tartware-sandbox', 'postgres', digest);
}

/** @returns whether `dataDir` has been filled */
export async function copyTemplate(template: string, dataDir: string): Promise<boolean> {
  const exists = await access(template).then(() => true, () => false);
  if (exists) await copy(template, dataDir);
  return exists;
}

/** Without a template the next start is only slower: one that cannot be kept is no error. Of several at once the first one's stays. */
export async function keepTemplate(template: string, dataDir: string): Promise<void> {
  let fresh: string | undefined;
  try {
    await mkdir(dirname(template), { recursive: true, mode: 0o700 });
    fresh = await mkdtemp(`${template}.`);
    await copy(dataDir, fresh);
    await rename(fresh, template);
  } catch {
    if (fresh !== undefined) await rm(fresh, { recursive: true, force: true });
  }
}

/** With owner and mode, which PostgreSQL looks at. */
async function copy(from: string, to: string): Promise<void> {
  await run('cp', ['-a', `${from}/.`, to]);
}
