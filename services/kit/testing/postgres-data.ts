/**
 * Where persistent data lies. Root's PostgreSQL runs as a system account, which cannot reach a folder below /root (mode 0700).
 * Such data is kept in /var/lib, and the folder asked for becomes a link to it: deleting the link resets the data.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Account } from './postgres-binaries.ts';

const run = promisify(execFile);
const OTHER_ENDS_WITHIN_MS = 5_000;

/**
 * Makes the folder, gives it to `account` and waits for a server left there by a killed run to end.
 * @throws when another server goes on using it.
 * @param asked folder that the caller named
 * @returns the folder to hand to PostgreSQL
 */
export async function homeOfData(asked: string, account: Account): Promise<string> {
  const wanted = resolve(asked);
  const folder = 'uid' in account && !(await canReach(dirname(wanted), account)) ? await linkedHome(wanted) : wanted;
  await mkdir(folder, { recursive: true });
  if ('uid' in account) {
    await chown(folder, account.uid, account.gid);
  }
  await chmod(folder, 0o700);
  await waitForOtherServer(folder);
  return folder;
}

async function canReach(folder: string, account: Account): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  return run('test', ['-x', folder], { ...account, cwd: '/' }).then(() => true, () => false);
}

async function linkedHome(wanted: string): Promise<string> {
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const home = join('/var/lib/tartware-postgres', name);
  const link = await readlink(wanted).catch(() => undefined);
  if (link !== home) {
    const inTheWay = await lstat(wanted).then(() => true, () => false);
    if (inTheWay) {
      throw new Error(`${wanted} is in the way: PostgreSQL's account cannot reach it. Delete it, or name a folder outside of ${dirname(wanted)}.`);
    }
    await waitForOtherServer(home);
    await rm(home, { recursive: true, force: true });
    await mkdir(home, { recursive: true });
    await symlink(home, wanted);
  }
  return home;
}

/** A server whose starter was just killed is still ending; one that stays belongs to somebody. Its process id is the first line of postmaster.pid. */
async function waitForOtherServer(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  const deadline = Date.now() + OTHER_ENDS_WITHIN_MS;
  while (Number.isInteger(pid) && pid > 1 && (await isServerOf(pid, folder))) {
    if (Date.now() > deadline) {
      throw new Error(`Another PostgreSQL (process ${pid}) uses ${folder}. End what started it, or end it alone: kill -INT ${pid}`);
    }
    await sleep(100);
  }
}

async function isServerOf(pid: number, folder: string): Promise<boolean> {
  try {
    const args = process.platform === 'linux'
      ? await readFile(`/proc/${pid}/cmdline`, 'utf8')
      : (await run('ps', ['-o', 'args=', '-p', String(pid)])).stdout;
    return args.includes('postgres') && args.includes(folder);
  } catch {
    return false;
  }
}
