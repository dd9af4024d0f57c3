import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startPostgres } from './postgres.ts';
import type { RunningPostgres } from './postgres.ts';

const folders: string[] = [];
const running: RunningPostgres[] = [];

async function start(options: Parameters<typeof startPostgres>[0] = {}): Promise<RunningPostgres> {
  const server = await startPostgres(options);
  running.push(server);
  return server;
}

async function newFolder(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'tartware-test-'));
  folders.push(folder);
  return folder;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((server) => server.stop()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('startPostgres', () => {
  it('runs PostgreSQL 18 as another account than root and deletes temporary data when stopped', async () => {
    const server = await start();
    const [row] = await query(server.url, 'select current_setting(\'server_version_num\')::int / 10000 as version, current_database() as name');
    expect(row).toEqual({ version: 18, name: 'tartware' });
    const { stdout } = await promisify(execFile)('ps', ['-o', 'uid=', '-p', String(server.pid)]);
    expect(Number(stdout)).not.toBe(0);
    await server.stop();
    await expect(access(server.dataDir)).rejects.toThrow('ENOENT');
    expect(await server.ended).toBe(0);
  });

  it('runs initdb once for all temporary data, of which one has nothing of another', async () => {
    vi.stubEnv('XDG_CACHE_HOME', await newFolder(tmpdir()));
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const one = await start({ log });
    await query(one.url, 'create table of_one ()');
    expect(lines.join('\n')).toContain('fixing permissions');
    lines.length = 0;
    const other = await start({ log });
    expect(lines.join('\n')).not.toContain('fixing permissions');
    await expect(query(other.url, 'select from of_one')).rejects.toThrow('does not exist');
    await query(one.url, 'select from of_one');
  });

  it('refuses a wrong password', async () => {
    const server = await start();
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it.each([['the temporary folder', tmpdir()], ['the home folder, closed to others', homedir()]])('keeps data between runs in %s', async (_name, parent) => {
    const dataDir = join(await newFolder(parent), 'postgres');
    const first = await start({ dataDir });
    await query(first.url, 'create table kept as select 7 as n');
    await first.stop();
    const second = await start({ dataDir });
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await second.stop();
    await rm(dataDir, { recursive: true });
    const reset = await start({ dataDir });
    await expect(query(reset.url, 'select n from kept')).rejects.toThrow('does not exist');
    await reset.stop();
    await rm(reset.dataDir, { recursive: true, force: true });
  });

  it('says which process uses the data when another server does', async () => {
    const dataDir = join(await newFolder(tmpdir()), 'postgres');
    const first = await start({ dataDir });
    await expect(start({ dataDir })).rejects.toThrow(`process ${first.pid}`);
  }, 15_000);

  it('shows what PostgreSQL said when the port is taken', async () => {
    const first = await start();
    await expect(start({ port: first.port })).rejects.toThrow(/Address already in use/);
  });

  it.runIf(process.platform === 'linux')('leaves no server behind when its starter is killed', async () => {
    const script = 'const { startPostgres } = await import(process.argv[1]); const s = await startPostgres(); console.log(s.pid, s.dataDir); setInterval(() => {}, 1000);';
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script, new URL('./postgres.ts', import.meta.url).href], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [text] = (await once(starter.stdout, 'data')) as [Buffer];
    const [pid, dataDir] = text.toString().trim().split(' ');
    folders.push(String(dataDir));
    starter.kill('SIGKILL');
    await expect.poll(() => isAlive(Number(pid)), { timeout: 10_000 }).toBe(false);
  }, 20_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
