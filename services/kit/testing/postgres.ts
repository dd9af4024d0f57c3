/**
 * A real PostgreSQL 18 on this machine, for tests and for the sandbox. Never for production: it listens on 127.0.0.1 only.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findInstall, postgresAccount } from './postgres-binaries.ts';
import type { Account } from './postgres-binaries.ts';
import { homeOfData } from './postgres-data.ts';
import { copyTemplate, keepTemplate, templateOf } from './postgres-template.ts';
import { freePort } from './program.ts';

export interface PostgresOptions {
  /** Where the data is kept between runs. Left out: a temporary folder, deleted by `stop`, and no waiting for the disk. */
  dataDir?: string;
  /** Port on 127.0.0.1; left out: a free one. */
  port?: number;
  /** Receives every line that PostgreSQL writes. */
  log?: (line: string) => void;
  /** Database that `url` names, made when missing; default `tartware`. */
  database?: string;
}

export interface RunningPostgres {
  /** `postgres://user:password@127.0.0.1:port/database` of the owner, who may do everything. */
  url: string;
  port: number;
  /** Process id of the server. */
  pid: number;
  /** Where the data really lies: elsewhere than asked when root's PostgreSQL account cannot reach the folder asked for. */
  dataDir: string;
  /** Resolves with the exit code when the server ends by itself or by `stop`. */
  ended: Promise<number | null>;
  /** Ends the server in an orderly way (at most 15 s, then by force) and deletes temporary data. */
  stop: () => Promise<void>;
}

const OWNER = 'tartware_owner';
const PASSWORD_FILE = 'owner.password';
/** The built-in C.UTF-8 sorts alike on every machine, whatever locales it has. */
const INITDB_ARGS = [
  '--username', OWNER, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8',
  '--no-instructions', '--no-sync',
];
const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 15_000;
const LINES_KEPT = 20;

/**
 * Starts PostgreSQL 18 and returns when a client could connect.
 * The server ends with the process that started it, even when that one is killed.
 *
 * @throws Error when the port is taken, the data is of another version, or the server does not start; its last lines are in the message.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const log = options.log ?? (() => undefined);
  const account = await postgresAccount();
  const install = await findInstall(account);
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir === undefined
    ? await temporaryData(account)
    : await homeOfData(options.dataDir, account);
  const password = await (temporary ? initialiseByTemplate : initialise)(install, dataDir, account, log);
  const port = options.port ?? (await freePort());
  const server = launch({ install, dataDir, account, port, temporary, log });
  const database = options.database ?? 'tartware';
  const url = `postgres://${OWNER}:${password}@127.0.0.1:${port}`;
  try {
    await waitUntilReady(server, `${url}/postgres`, dataDir);
    await createDatabase(`${url}/postgres`, database);
  } catch (error) {
    await end(server.process);
    await removeTemporary(temporary, dataDir);
    throw error;
  }
  return {
    url: `${url}/${database}`,
    port,
    pid: server.pid,
    dataDir,
    ended: server.ended,
    stop: async () => {
      await end(server.process);
      await removeTemporary(temporary, dataDir);
    },
  };
}

async function temporaryData(account: Account): Promise<string> {
  // os.tmpdir() may be a private folder of root's; /tmp is not.
  const base = 'uid' in account ? '/tmp' : tmpdir();
  const folder = await mkdtemp(join(base, 'tartware-postgres-'));
  await giveTo(folder, account);
  return folder;
}

async function giveTo(path: string, account: Account): Promise<void> {
  if ('uid' in account) {
    await chown(path, account.uid, account.gid);
  }
}

async function removeTemporary(temporary: boolean, dataDir: string): Promise<void> {
  if (temporary) {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function initialiseByTemplate(install: string, dataDir: string, account: Account, log: (line: string) => void): Promise<string> {
  const template = templateOf([...INITDB_ARGS, JSON.stringify(account)]);
  if (await copyTemplate(template, dataDir)) return readFile(join(dataDir, PASSWORD_FILE), 'utf8');
  const password = await initialise(install, dataDir, account, log);
  await keepTemplate(template, dataDir);
  return password;
}

/** @returns the owner's password: made with the data, kept in it, readable by its account and root alone. */
async function initialise(install: string, dataDir: string, account: Account, log: (line: string) => void): Promise<string> {
  const passwordFile = join(dataDir, PASSWORD_FILE);
  const exists = await access(join(dataDir, 'PG_VERSION')).then(() => true, () => false);
  if (exists) {
    const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
    if (version !== '18') {
      throw new Error(`The data in ${dataDir} is of PostgreSQL ${version}, this one is 18. Move it away, or begin anew with an empty folder.`);
    }
    return readFile(passwordFile, 'utf8').catch((cause: unknown) => {
      throw new Error(`The data in ${dataDir} is half made or not ours (no ${PASSWORD_FILE}). Delete the folder to begin anew.`, { cause });
    });
  }
  const password = randomBytes(18).toString('hex');
  const handOver = await mkdtemp('/tmp/tartware-postgres-init-');
  try {
    const file = join(handOver, PASSWORD_FILE);
    await writeFile(file, password, { mode: 0o600 });
    await giveTo(file, account);
    await giveTo(handOver, account);
    await runInitdb(install, dataDir, file, account, log);
  } finally {
    await rm(handOver, { recursive: true, force: true });
  }
  await writeFile(passwordFile, password, { mode: 0o600 });
  await giveTo(passwordFile, account);
  return password;
}

async function runInitdb(install: string, dataDir: string, passwordFile: string, account: Account, log: (line: string) => void): Promise<void> {
  const args = ['--pgdata', dataDir, '--pwfile', passwordFile, ...INITDB_ARGS];
  const child = spawn(join(install, 'bin', 'initdb'), args, { ...account, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = collectLines(child, log);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`initdb could not make the database in ${dataDir}:\n${lines.join('\n')}`);
  }
}

interface Launched {
  process: ChildProcess;
  pid: number;
  lines: string[];
  ended: Promise<number | null>;
}

interface LaunchOptions {
  install: string;
  dataDir: string;
  account: Account;
  port: number;
  temporary: boolean;
  log: (line: string) => void;
}

function launch({ install, dataDir, account, port, temporary, log }: LaunchOptions): Launched {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '64MB',
    // What only a test uses and throws away need not survive a power cut.
    ...(temporary ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const program = join(install, 'bin', 'postgres');
  // A process group of its own keeps Ctrl-C in the terminal from ending the database before its clients have drained;
  // on Linux the kernel ends it (SIGINT: fast shutdown) when the process that started it is gone.
  const [command, commandArgs]: [string, string[]] = process.platform === 'linux'
    ? ['setpriv', ['--pdeathsig', 'INT', '--', program, ...args]]
    : [program, args];
  const child = spawn(command, commandArgs, { ...account, cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = collectLines(child, log);
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      resolve(null);
    });
    child.once('close', resolve);
  });
  return { process: child, pid: child.pid ?? -1, lines, ended };
}

function collectLines(child: ChildProcess, log: (line: string) => void): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter((part) => part !== '')) {
        log(line);
        lines.push(line);
        if (lines.length > LINES_KEPT) {
          lines.shift();
        }
      }
    });
  }
  return lines;
}

/** On a port that another took first, that one may answer, and by the same password. */
async function waitUntilReady(server: Launched, url: string, dataDir: string): Promise<void> {
  let endedWith: number | null | undefined;
  void server.ended.then((code) => {
    endedWith = code;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    if (endedWith !== undefined) {
      throw new Error(`PostgreSQL ended while starting (code ${endedWith}):\n${server.lines.join('\n')}`);
    }
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    try {
      await client.connect();
      const { rows } = await client.query<{ data_directory: string }>('show data_directory');
      if (rows[0]?.data_directory !== resolve(dataDir)) throw new Error(`Another database answers on this port: ${rows[0]?.data_directory}.`);
      return;
    } catch (cause) {
      if (Date.now() > deadline) {
        throw new Error(`PostgreSQL did not answer within ${READY_WITHIN_MS / 1000} s:\n${server.lines.join('\n')}`, { cause });
      }
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('select from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) {
      await client.query(`create database ${client.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) {
    return;
  }
  const closed = once(server, 'close');
  server.kill('SIGINT');
  const force = setTimeout(() => server.kill('SIGQUIT'), STOP_WITHIN_MS);
  await closed;
  clearTimeout(force);
}
