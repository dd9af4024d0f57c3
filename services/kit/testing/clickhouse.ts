/** A real ClickHouse engine behind ClickHouse's HTTP interface, as a process of its own on 127.0.0.1, for tests and for the sandbox. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnStore, waitForStore } from './store-process.ts';
import type { StoreCommand, StoreProcess } from './store-process.ts';

export interface ClickHouseOptions {
  /** Where the data is kept between runs. Left out: a temporary folder, deleted by `stop`. */
  dataDir?: string;
  /** Port on 127.0.0.1; left out: a free one. */
  port?: number;
  /** Receives every line that the process writes. */
  log?: (line: string) => void;
}

export interface RunningClickHouse {
  /** `http://127.0.0.1:port`, for `createClient({ url })`; database `default`, no password. */
  url: string;
  /** Process id; another one after `restart`. */
  pid: () => number;
  /** Ends it at once, as a crash does; data and port stay for `restart`. */
  kill: () => Promise<void>;
  /** Starts it on the same port with the same data after `kill`, or in its place when it still runs (in an orderly way). */
  restart: () => Promise<void>;
  /** Ends it in an orderly way (at most 10 s, then by force) and deletes temporary data. */
  stop: () => Promise<void>;
}

const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 10_000;
const LISTENS = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/;

/**
 * Starts the engine and returns when it serves.
 * It ends with the process that started it, even when that one is killed.
 * @throws Error when it does not start, with its last lines
 */
export async function startClickHouse(options: ClickHouseOptions = {}): Promise<RunningClickHouse> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tartware-clickhouse-')));
  const removeTemporary = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    let running = await launch(dataDir, options.port ?? 0, options.log);
    const { port } = running;
    return {
      url: `http://127.0.0.1:${port}`,
      pid: () => running.front.pid,
      kill: async () => running.front.kill(),
      restart: async () => {
        await running.front.end(STOP_WITHIN_MS);
        running = await launch(dataDir, port, options.log);
      },
      stop: async () => {
        await running.front.end(STOP_WITHIN_MS);
        await removeTemporary();
      },
    };
  } catch (error) {
    await removeTemporary();
    throw error;
  }
}

async function launch(dataDir: string, wantedPort: number, log: ClickHouseOptions['log']): Promise<{ front: StoreProcess; port: number }> {
  const front = spawnStore(clickHouseCommand(dataDir, wantedPort), log);
  const port = (): number => Number(front.lines.map((line) => LISTENS.exec(line)?.[1]).find((found) => found !== undefined) ?? 0);
  try {
    await waitForStore('ClickHouse', [front], async () => Promise.resolve(port() > 0), READY_WITHIN_MS);
    return { front, port: port() };
  } catch (error) {
    await front.kill();
    throw error;
  }
}

/** What runs the engine with its HTTP front. */
export function clickHouseCommand(dataDir: string, port: number): StoreCommand {
  return { file: process.execPath, args: [fileURLToPath(new URL('./clickhouse-front.ts', import.meta.url)), `--data=${dataDir}`, `--port=${port}`] };
}
