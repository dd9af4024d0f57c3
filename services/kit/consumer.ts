/**
 * Takes events from Kafka: each takes effect once, in one transaction with the record that it did, and only then is its offset committed.
 * What a crash leaves uncommitted is delivered again and known. While the database or a callee is away events wait; the group's heartbeat goes on.
 */
import { Consumer as KafkaConsumer, MessagesStreamFallbackModes, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import type { Message, MessagesStream } from '@platformatic/kafka';
import { Counter, Gauge } from 'prom-client';
import { GivenUp, consumerName, handleBatch } from './consumer-batch.ts';
import type { BatchOptions, IncomingRecord } from './consumer-batch.ts';
import type { Database } from './database.ts';
import { ONLY_FOR_HEADER, topicOf } from './events.ts';
import type { Consumer } from './events.ts';
import type { ReadinessCheck } from './health.ts';
import type { Logger } from './log.ts';
import { pause } from './loop.ts';
import type { Running } from './loop.ts';
import type { Metrics } from './metrics.ts';
import { connection, createPublisher, makeTopics, reasonOf } from './relay-publisher.ts';

export interface ConsumersOptions {
  /** Names the consumer group. */
  service: string;
  database: Database;
  /** `host:port` of Kafka's brokers. */
  brokers: readonly string[];
  consumers: readonly Consumer[];
  metrics: Metrics;
  log: Logger;
}

export interface RunningConsumers extends Running {
  /** Says why events are not taken. The service can answer meanwhile, from what it knew before. */
  check: ReadinessCheck;
}

const BATCH = 500;
/** A pod that dies without a word is missed after this time, and its partitions go to others. */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 2_000;
const REBALANCE_TIMEOUT_MS = 30_000;
const FETCH_WAIT_MS = 500;
const LAG_EVERY_MS = 5_000;
const BACKOFF_MS = 1_000;

type StringMessage = Message<string, string, string, string>;
type StringStream = MessagesStream<string, string, string, string>;

/** @throws Error when two consumers would remember under one name */
export function startConsumers(options: ConsumersOptions): RunningConsumers {
  const { service, consumers, brokers, log } = options;
  const names = consumers.map(consumerName);
  if (new Set(names).size < names.length) {
    throw new Error(`Consumers of ${service} need names of their own: ${names.join(', ')}.`);
  }
  const stop = new AbortController();
  const publisher = createPublisher(brokers, `${service}-dead-letters`);
  const measures = createMeasures(options.metrics);
  let trouble: string | undefined;
  const batch: BatchOptions = {
    ...options, publisher, stopped: stop.signal,
    waiting: (reason) => (trouble = reason),
    measure: {
      consumed: (consumer, outcome, count) => measures.consumed.inc({ consumer, outcome }, count),
      failed: (consumer) => measures.failed.inc({ consumer }),
    },
  };

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await consume(batch, brokers, measures, stop.signal);
      } catch (err) {
        if (stop.signal.aborted) return;
        trouble = reasonOf(err);
        log.warn({ reason: trouble }, 'the consumer lost Kafka and connects again');
        await pause(BACKOFF_MS * (0.5 + Math.random()), stop.signal);
      }
    }
  }

  const ended = consumers.length === 0 ? Promise.resolve() : run();
  return {
    check: {
      name: 'consumers',
      optional: true,
      check() {
        if (trouble !== undefined) throw new Error(`events are not taken: ${trouble}`);
      },
    },
    async close() {
      stop.abort(new Error('The service is closing.'));
      await ended;
      await publisher.close();
    },
  };
}

/** One membership of the group, until it breaks or is stopped. */
async function consume(batch: BatchOptions, brokers: readonly string[], measures: Measures, stopped: AbortSignal): Promise<void> {
  const { service } = batch;
  const topics = [...new Set(batch.consumers.flatMap((consumer) => consumer.topics.map(topicOf)))];
  await makeTopics(brokers, service, topics);
  const consumer = new KafkaConsumer({
    ...connection(brokers, service),
    groupId: service, sessionTimeout: SESSION_TIMEOUT_MS, heartbeatInterval: HEARTBEAT_MS, rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    deserializers: stringDeserializers,
  });
  try {
    const stream = await consumer.consume({
      topics, mode: MessagesStreamModes.COMMITTED, fallbackMode: MessagesStreamFallbackModes.EARLIEST, autocommit: false, maxWaitTime: FETCH_WAIT_MS,
    });
    // Seen where the next batch is waited for.
    stream.on('error', () => undefined);
    // There must be such a listener at every moment: without one the stream counts as not flowing, leaves its next fetch out and never makes up for it.
    stream.on('readable', () => undefined);
    consumer.on('consumer:heartbeat:stalled', ({ lastError }) => stream.destroy(lastError ?? new Error('The group no longer hears this consumer.')));
    consumer.on('consumer:lag', (lag) => measures.setLag(service, lag));
    consumer.startLagMonitoring({ topics }, LAG_EVERY_MS);
    batch.waiting(undefined);
    for (let messages = await nextBatch(stream, stopped); messages.length > 0; messages = await nextBatch(stream, stopped)) {
      await handleBatch(batch, messages.map(toIncoming));
      await consumer.commit({ offsets: offsetsAfter(messages) });
    }
  } catch (error) {
    if (!(error instanceof GivenUp)) throw error;
  } finally {
    consumer.stopLagMonitoring();
    measures.setLag(service, new Map());
    await consumer.close(true);
  }
}

/** What is there now, or else what comes next. Empty when stopped. @throws what broke the stream */
async function nextBatch(stream: StringStream, stopped: AbortSignal): Promise<StringMessage[]> {
  const messages: StringMessage[] = [];
  while (!stopped.aborted) {
    for (let message = read(stream); message; message = messages.length < BATCH ? read(stream) : null) {
      messages.push(message);
    }
    if (messages.length > 0) return messages;
    if (stream.errored) throw stream.errored;
    if (stream.destroyed || stream.readableEnded) throw new Error('The stream of events ended.');
    await somethingHappened(stream, stopped);
  }
  return [];
}

function somethingHappened(stream: StringStream, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const happened = (): void => {
      stream.off('readable', happened).off('close', happened);
      stopped.removeEventListener('abort', happened);
      resolve();
    };
    stream.once('readable', happened).once('close', happened);
    stopped.addEventListener('abort', happened);
  });
}

function read(stream: StringStream): StringMessage | null {
  return stream.read() as StringMessage | null;
}

function toIncoming({ topic, partition, offset, key, value, headers }: StringMessage): IncomingRecord {
  return { topic, partition, offset, key: key ?? '', value: value ?? '', onlyFor: headers.get(ONLY_FOR_HEADER) };
}

interface Position {
  topic: string;
  partition: number;
  offset: bigint;
  leaderEpoch: number;
}

function offsetsAfter(messages: readonly StringMessage[]): Position[] {
  const positions = new Map<string, Position>();
  for (const { topic, partition, offset, leaderEpoch } of messages) {
    positions.set(`${topic} ${partition}`, { topic, partition, offset: offset + 1n, leaderEpoch });
  }
  return [...positions.values()];
}

interface Measures {
  consumed: Counter<'consumer' | 'outcome'>;
  failed: Counter<'consumer'>;
  /** @param lag by topic, of each partition; -1 for those of other pods */
  setLag: (group: string, lag: ReadonlyMap<string, readonly bigint[]>) => void;
}

function createMeasures({ registry }: Metrics): Measures {
  const registers = [registry];
  const lagGauge = new Gauge({ name: 'kafka_consumer_lag', help: 'Events that wait in the partitions of this pod.', labelNames: ['group', 'topic'], registers });
  return {
    consumed: new Counter({ name: 'events_consumed_total', help: 'Events by what became of them.', labelNames: ['consumer', 'outcome'], registers }),
    failed: new Counter({ name: 'event_failures_total', help: 'Attempts to handle events that failed.', labelNames: ['consumer'], registers }),
    setLag(group, lag) {
      lagGauge.reset();
      for (const [topic, partitions] of lag) {
        lagGauge.set({ group, topic }, Number(partitions.reduce((sum, waiting) => sum + (waiting > 0n ? waiting : 0n), 0n)));
      }
    },
  };
}
