/**
 * Takes events from Kafka: each takes effect once, in one transaction with the record that it did, and only then is its offset committed.
 * What a crash leaves uncommitted is delivered again and known. While the database or a callee is away events wait; the group's heartbeat goes on.
 */
import { Consumer as KafkaConsumer, MessagesStreamFallbackModes, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import type { Message, MessagesStream } from '@platformatic/kafka';
import { GivenUp, consumerName, handleBatch } from './consumer-batch.ts';
import type { BatchOptions, IncomingRecord } from './consumer-batch.ts';
import { createConsumerMeasures } from './consumer-measures.ts';
import type { ConsumerMeasures } from './consumer-measures.ts';
import type { Database } from './database.ts';
import { ONLY_FOR_HEADER, topicOf } from './events.ts';
import type { Consumer } from './events.ts';
import type { ReadinessCheck } from './health.ts';
import type { Logger } from './log.ts';
import { pause } from './loop.ts';
import type { Running } from './loop.ts';
import type { Metrics } from './metrics.ts';
import { connection, createPublisher, makeTopics, reasonOf } from './relay-publisher.ts';
import type { Publisher } from './relay-publisher.ts';

export interface ConsumersOptions {
  /** Names the group of all consumers that do not want one of their own. */
  service: string;
  database: Database;
  /** `host:port` of Kafka's brokers. */
  brokers: readonly string[];
  consumers: readonly Consumer[];
  /** Milliseconds after which a pod that died without a word is missed, and its partitions go to others; 10 s unless told. */
  sessionTimeoutMs?: number;
  /** Milliseconds between looks at how many events wait; 5 s unless told. */
  lagEveryMs?: number;
  metrics: Metrics;
  log: Logger;
}

export interface RunningConsumers extends Running {
  /** Say why events are not taken: one for the service's group, one for each consumer that is `alone`. The service can answer meanwhile, from what it knew before. */
  checks: readonly ReadinessCheck[];
}

const BATCH = 500;
const SESSION_TIMEOUT_MS = 10_000;
/** Some may get lost before a pod is missed. */
const HEARTBEATS_A_SESSION = 5;
const REBALANCE_TIMEOUT_MS = 30_000;
const FETCH_WAIT_MS = 500;
const LAG_EVERY_MS = 5_000;
const BACKOFF_MS = 1_000;

type StringMessage = Message<string, string, string, string>;
type StringStream = MessagesStream<string, string, string, string>;

/** @throws Error when two consumers would remember under one name */
export function startConsumers(options: ConsumersOptions): RunningConsumers {
  const { service, consumers, brokers } = options;
  const names = consumers.map(consumerName);
  if (new Set(names).size < names.length) {
    throw new Error(`Consumers of ${service} need names of their own: ${names.join(', ')}.`);
  }
  const stop = new AbortController();
  const publisher = createPublisher(brokers, `${service}-dead-letters`);
  const measures = createConsumerMeasures(options.metrics);
  const groups = groupsOf(service, consumers).map((group) => startGroup(group, options, { publisher, measures, stopped: stop.signal }));
  return {
    checks: groups.map(({ check }) => check),
    async close() {
      stop.abort(new Error('The service is closing.'));
      await Promise.all(groups.map(({ ended }) => ended));
      await publisher.close();
    },
  };
}

interface Group {
  /** As Kafka knows it. */
  id: string;
  /** Of its readiness check. */
  check: string;
  consumers: readonly Consumer[];
}

function groupsOf(service: string, consumers: readonly Consumer[]): Group[] {
  const alone = consumers.filter((consumer) => consumer.alone === true);
  return [
    { id: service, check: 'consumers', consumers: consumers.filter((consumer) => consumer.alone !== true) },
    ...alone.map((consumer) => ({ id: `${service}.${consumerName(consumer)}`, check: `consumers.${consumerName(consumer)}`, consumers: [consumer] })),
  ];
}

interface Shared {
  publisher: Publisher;
  measures: ConsumerMeasures;
  stopped: AbortSignal;
}

interface RunningGroup {
  check: ReadinessCheck;
  /** Settles when the group was left. */
  ended: Promise<void>;
}

/** Its own loop and its own trouble: what one group waits for holds up no other. */
function startGroup({ id, check, consumers }: Group, options: ConsumersOptions, { publisher, measures, stopped }: Shared): RunningGroup {
  let trouble: string | undefined;
  const batch: BatchOptions = {
    ...options, consumers, publisher, stopped,
    waiting: (reason) => (trouble = reason),
    measure: {
      consumed: (consumer, outcome, count) => measures.consumed.inc({ consumer, outcome }, count),
      failed: (consumer) => measures.failed.inc({ consumer }),
    },
  };

  async function run(): Promise<void> {
    while (!stopped.aborted) {
      try {
        await consume(id, batch, options, measures);
      } catch (err) {
        if (stopped.aborted) return;
        trouble = reasonOf(err);
        options.log.warn({ reason: trouble, group: id }, 'the consumer lost Kafka and connects again');
        await pause(BACKOFF_MS * (0.5 + Math.random()), stopped);
      }
    }
  }

  return {
    ended: consumers.length === 0 ? Promise.resolve() : run(),
    check: {
      name: check,
      optional: true,
      check() {
        if (trouble !== undefined) throw new Error(`events are not taken: ${trouble}`);
      },
    },
  };
}

/** One membership of the group, until it breaks or is stopped. */
async function consume(groupId: string, batch: BatchOptions, { brokers, sessionTimeoutMs = SESSION_TIMEOUT_MS, lagEveryMs = LAG_EVERY_MS }: ConsumersOptions, measures: ConsumerMeasures): Promise<void> {
  const { stopped } = batch;
  const topics = [...new Set(batch.consumers.flatMap((consumer) => consumer.topics.map(topicOf)))];
  await makeTopics(brokers, groupId, topics);
  const consumer = new KafkaConsumer({
    ...connection(brokers, groupId),
    groupId, sessionTimeout: sessionTimeoutMs, heartbeatInterval: sessionTimeoutMs / HEARTBEATS_A_SESSION, rebalanceTimeout: REBALANCE_TIMEOUT_MS,
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
    consumer.on('consumer:lag', (lag) => measures.setLag(groupId, lag));
    consumer.startLagMonitoring({ topics }, lagEveryMs);
    batch.waiting(undefined);
    for (let messages = await nextBatch(stream, stopped); messages.length > 0; messages = await nextBatch(stream, stopped)) {
      await handleBatch(batch, messages.map(toIncoming));
      await consumer.commit({ offsets: offsetsAfter(messages) });
    }
  } catch (error) {
    if (!(error instanceof GivenUp)) throw error;
  } finally {
    consumer.stopLagMonitoring();
    measures.setLag(groupId, new Map());
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
