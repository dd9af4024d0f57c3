/** A real Kafka on this machine, for tests and for the sandbox: one broker that is its own controller (KRaft), on 127.0.0.1 only. */
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classPath, findKafka } from './kafka-install.ts';
import { freePorts } from './free-ports.ts';
import { spawnStore, waitForStore } from './store-process.ts';
import type { StoreCommand, StoreProcess } from './store-process.ts';

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

export interface KafkaSeat {
  dataDir: string;
  port: number;
  controllerPort: number;
}

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
const TRIES = 3;
const STARTED = 'Kafka Server started';

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

/**
 * Lays what the broker needs below `dataDir`: its configuration, and a formatted log folder when there is none yet.
 * @throws Error when Kafka's jars cannot be had
 */
export async function layKafka(seat: KafkaSeat): Promise<void> {
  const { formatted } = await findKafka();
  const logs = join(seat.dataDir, 'log');
  await mkdir(logs, { recursive: true });
  const existing = await readdir(logs);
  if (existing.length === 0) await cp(formatted, logs, { recursive: true });
  await writeFile(propertiesIn(seat.dataDir), Object.entries(settings(seat, logs)).map(([name, value]) => `${name}=${value}\n`).join(''));
}

function propertiesIn(dataDir: string): string {
  return join(dataDir, 'server.properties');
}

/** What runs the broker whose folder `layKafka` laid. */
export function kafkaCommand(dataDir: string): StoreCommand {
  return { file: 'java', args: [...JVM, '-cp', classPath(), 'kafka.Kafka', propertiesIn(dataDir)] };
}

/** A small heap, one collector thread and no second compiler: the start counts here, not the hundred-thousandth message a second. */
const JVM = [
  '-Xmx384m', '-Xms64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
  '-Dorg.slf4j.simpleLogger.showDateTime=true', '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
];

function settings({ port, controllerPort }: KafkaSeat, logs: string): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': logs,
    'auto.create.topics.enable': 'true',
    'num.partitions': '6',
    'default.replication.factor': '1',
    // One broker carries one replica; the topics Kafka keeps for itself need not be spread here either, which makes the first consumer quick.
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '3',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '3',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    // A killed broker may come back only when its old session is over: 9 s by default.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',
    // Kafka takes this much memory at once, 128 MB by default.
    'log.cleaner.dedupe.buffer.size': '4194304',
    'log.cleaner.io.buffer.size': '262144',
    'log.index.size.max.bytes': '1048576',
    'controlled.shutdown.max.retries': '1',
  };
}

/** Whether a broker answers Kafka's protocol on this port of 127.0.0.1: it is asked for the versions it speaks (ApiVersions, key 18). */
export async function kafkaAnswers(port: number): Promise<boolean> {
  // size, key 18, version 0, correlation id, client id of length 0
  const request = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0, 0]);
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    socket.setTimeout(2_000);
    const answer = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('data', (data: Buffer) => answer(data.length >= 10 && data.readInt32BE(4) === 7 && data.readInt16BE(8) === 0));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
    socket.once('close', () => resolve(false));
  });
}
