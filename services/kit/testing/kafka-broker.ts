/** How a Kafka broker is run: its settings, its JVM, and how to see that it answers. */
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { classArchive, classPath } from './kafka-install.ts';
import type { StoreCommand } from './store-process.ts';

export interface KafkaSeat {
  dataDir: string;
  port: number;
  controllerPort: number;
}

/** The broker's own word that it serves. */
export const STARTED = 'Kafka Server started';

/** Lays what the broker needs below `dataDir`: its configuration, and a copy of the formatted log folder when it has none yet. */
export async function laySeat(seat: KafkaSeat, formatted: string): Promise<void> {
  const logs = join(seat.dataDir, 'log');
  await mkdir(logs, { recursive: true });
  const existing = await readdir(logs);
  if (existing.length === 0) await cp(formatted, logs, { recursive: true });
  await writeFile(propertiesIn(seat.dataDir), Object.entries(settings(seat, logs)).map(([name, value]) => `${name}=${value}\n`).join(''));
}

function propertiesIn(dataDir: string): string {
  return join(dataDir, 'server.properties');
}

/** What runs the broker whose folder `layKafka` laid. @param archiving writes the classes that it loaded to this file when it ends */
export function kafkaCommand(dataDir: string, archiving?: string): StoreCommand {
  const archive = archiving === undefined ? `-XX:SharedArchiveFile=${classArchive()}` : `-XX:ArchiveClassesAtExit=${archiving}`;
  return { file: 'java', args: [...JVM, archive, '-cp', classPath(), 'kafka.Kafka', propertiesIn(dataDir)] };
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
    // Tests kill consumers and need not wait as long for it to be noticed; 6 s by default.
    'group.min.session.timeout.ms': '1000',
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
