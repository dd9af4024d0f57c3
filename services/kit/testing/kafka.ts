/** A real Kafka on this machine, for tests and for the sandbox: one broker that is its own controller (KRaft), on 127.0.0.1 only. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { STARTED, kafkaAnswers, kafkaCommand } from './kafka-broker.ts';
import type { KafkaSeat } from './kafka-broker.ts';
import { layKafka } from './kafka-archive.ts';
import { spawnStore, waitForStore } from './store-process.ts';
import type { StoreProcess } from './store-process.ts';

export interface KafkaOptions {
  /** Where the data is kept between runs. Left out: a temporary folder, deleted by `stop`. */
  dataDir?: string;
  /** Port for clients; left out: a free one. */
  port?: number;
  /** Receives every line that Kafka writes. */
  log?: (line: string) => void;
}

export interface RunningKafka {
  /** `host:port`, as clients take it. */
  brokers: string[];
  /** Process id of the broker; another one after `restart`. */
  pid: () => number;
  /** Ends the broker at once, as a crash does; data and ports stay reserved for `restart`. */
  kill: () => Promise<void>;
  /** Starts it on the same ports with the same data after `kill`, or in its place when it still runs (in an orderly way). */
  restart: () => Promise<void>;
  /** Ends it in an orderly way (at most 20 s, then by force) and deletes temporary data. */
  stop: () => Promise<void>;
}

const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 20_000;
const TRIES = 3;

/**
 * Starts one broker and returns when it answers clients. Topics are made when first used: 6 partitions, 1 replica.
 * It ends with the process that started it, even when that one is killed.
 * @throws Error when it does not start, with the last lines of its log
 */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tartware-kafka-')));
  const removeTemporary = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const { seat, broker } = await startOnFreePorts(dataDir, options);
    return controls(seat, broker, options.log, removeTemporary);
  } catch (error) {
    await removeTemporary();
    throw error;
  }
}

function controls(seat: KafkaSeat, first: StoreProcess, log: KafkaOptions['log'], removeTemporary: () => Promise<void>): RunningKafka {
  let broker = first;
  return {
    brokers: [`127.0.0.1:${seat.port}`],
    pid: () => broker.pid,
    kill: async () => broker.kill(),
    restart: async () => {
      await broker.end(STOP_WITHIN_MS);
      broker = await launch(seat, log);
    },
    stop: async () => {
      await broker.end(STOP_WITHIN_MS);
      await removeTemporary();
    },
  };
}

/** Somebody else may take a free port before Kafka does: then it is tried with others. */
async function startOnFreePorts(dataDir: string, { port, log }: KafkaOptions): Promise<{ seat: KafkaSeat; broker: StoreProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const [free = 0, controllerPort = 0] = await freePorts(2);
    const seat = { dataDir, port: port ?? free, controllerPort };
    try {
      return { seat, broker: await launch(seat, log) };
    } catch (error) {
      if (attempt === TRIES || port !== undefined || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function launch(seat: KafkaSeat, log: KafkaOptions['log']): Promise<StoreProcess> {
  await layKafka(seat);
  const broker = spawnStore(kafkaCommand(seat.dataDir), log);
  try {
    // Its own word first: on a port that somebody else took, somebody else answers.
    await waitForStore('Kafka', [broker], async () => broker.lines.some((line) => line.includes(STARTED)) && kafkaAnswers(seat.port), READY_WITHIN_MS);
    return broker;
  } catch (error) {
    await broker.kill();
    throw error;
  }
}
