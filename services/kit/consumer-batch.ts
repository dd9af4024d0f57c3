/** What a service does with a batch of records: every one has taken effect, was passed over, or lies with the dead letters when it is done. */
import { createHash } from 'node:crypto';
import type { Database } from './database.ts';
import { BURIED, DEAD_LETTERS_TOPIC, topicOf } from './events.ts';
import type { Consumer, DeadLetter, DomainEvent } from './events.ts';
import { describeError, passes } from './consumer-errors.ts';
import { takeEffect } from './consumer-effects.ts';
import type { Outcome } from './consumer-effects.ts';
import type { Logger } from './log.ts';
import { pause } from './loop.ts';
import { reasonOf } from './relay-publisher.ts';
import type { Publisher } from './relay-publisher.ts';

/** A record as it came from Kafka. */
export interface IncomingRecord {
  topic: string;
  partition: number;
  offset: bigint;
  key: string;
  value: string;
  /** `<service>/<consumer>` when it was sent again for one consumer. */
  onlyFor: string | undefined;
}

export interface BatchOptions {
  service: string;
  database: Database;
  consumers: readonly Consumer[];
  publisher: Publisher;
  log: Logger;
  measure: {
    consumed: (consumer: string, outcome: Outcome | 'dead', count: number) => void;
    failed: (consumer: string) => void;
  };
  /** Called with what is waited for, and with undefined when it goes on. */
  waiting: (trouble: string | undefined) => void;
  /** Aborted: nothing is waited for any more. */
  stopped: AbortSignal;
}

/** A batch was given up while it waited; its offsets must not be committed. */
export class GivenUp extends Error {
  readonly code = 'batch_given_up';
}

interface Delivery {
  event: DomainEvent;
  record: IncomingRecord;
}

const ATTEMPTS = 5;
const RETRY_MS = { first: 100, last: 5_000 };
/** Tenants have no rows in common. */
const TENANTS_AT_ONCE = 4;

/** Under which a consumer of a service is known in its inbox. */
export function consumerName({ name, topics }: Consumer): string {
  return name ?? topics.join('+');
}

/** @throws GivenUp when stopped while waiting; nothing else */
export async function handleBatch(options: BatchOptions, records: readonly IncomingRecord[]): Promise<void> {
  const deliveries: Delivery[] = [];
  for (const record of records) {
    const event = readEvent(record.value);
    if (event) deliveries.push({ event, record });
    else await bury(options, options.service, record, new Error('The record is not an event: a JSON document with id, type, tenant_id, aggregate_id and version.'), 1);
  }
  for (const consumer of options.consumers) {
    const name = `${options.service}/${consumerName(consumer)}`;
    const topics = new Set(consumer.topics.map(topicOf));
    const wanted = deliveries.filter(({ event, record }) => topics.has(record.topic) && consumer.handlers[event.type] && (record.onlyFor ?? name) === name);
    const tenants = byTenant(wanted);
    const next = async (): Promise<void> => {
      for (let group = tenants.shift(); group; group = tenants.shift()) await handleTenant(options, consumer, group);
    };
    await Promise.all(Array.from({ length: TENANTS_AT_ONCE }, next));
  }
}

function byTenant(deliveries: readonly Delivery[]): Delivery[][] {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const group = groups.get(delivery.event.tenant_id);
    if (group) group.push(delivery);
    else groups.set(delivery.event.tenant_id, [delivery]);
  }
  return [...groups.values()];
}

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

function readEvent(text: string): DomainEvent | undefined {
  try {
    const { id, type, tenant_id, aggregate_id, version } = JSON.parse(text) as Partial<Record<keyof DomainEvent, unknown>>;
    const hasIds = [id, tenant_id, aggregate_id].every((given) => typeof given === 'string' && UUID.test(given));
    return hasIds && typeof type === 'string' && Number.isSafeInteger(version) ? (JSON.parse(text) as DomainEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** All in one transaction; when an event fails, one by one, so that it costs the others nothing. */
async function handleTenant(options: BatchOptions, consumer: Consumer, deliveries: readonly Delivery[]): Promise<void> {
  const whole = await attempt(options, consumer, deliveries, 1);
  if (whole === undefined) return;
  for (const delivery of deliveries) {
    const error = await attempt(options, consumer, [delivery], ATTEMPTS);
    if (error !== undefined) {
      const name = consumerName(consumer);
      await bury(options, `${options.service}/${name}`, delivery.record, error.cause, ATTEMPTS);
      options.measure.consumed(name, 'dead', 1);
    }
  }
}

/** @returns nothing when it worked, or else the last error; waits as long as it takes for what passes by itself */
async function attempt(options: BatchOptions, consumer: Consumer, deliveries: readonly Delivery[], times: number): Promise<{ cause: unknown } | undefined> {
  const name = consumerName(consumer);
  const events = deliveries.map(({ event }) => event);
  let left = times;
  for (let retries = 0; ; retries += 1) {
    try {
      const outcomes = await takeEffect(options.database, name, consumer, events);
      for (const [outcome, count] of outcomes) options.measure.consumed(name, outcome, count);
      options.waiting(undefined);
      return undefined;
    } catch (error) {
      options.measure.failed(name);
      if (passes(error)) {
        options.waiting(`${name}: ${describeError(error).message}`);
        if (retries === 0) options.log.warn({ err: error, consumer: name }, 'events wait for what they need');
      } else {
        left -= 1;
        if (left === 0) return { cause: error };
      }
      await wait(options.stopped, retries);
    }
  }
}

/** Waits until Kafka has it: an event is never dropped. */
async function bury({ publisher, log, waiting, stopped }: BatchOptions, consumer: string, record: IncomingRecord, error: unknown, attempts: number): Promise<void> {
  const { topic, partition, offset, key } = record;
  log.error({ err: error, consumer, topic, partition, offset: String(offset), key }, 'an event could not be handled and lies with the dead letters');
  // One that tells of a buried event lies there already.
  if (topic === DEAD_LETTERS_TOPIC) return;
  const letter = toLetter(consumer, record, error, attempts);
  for (let retries = 0; ; retries += 1) {
    try {
      await publisher.publish([{ topic: DEAD_LETTERS_TOPIC, key: letter.aggregate_id, value: JSON.stringify(letter) }]);
      return;
    } catch (err) {
      waiting(`the dead letters cannot be written: ${reasonOf(err)}`);
      log.warn({ reason: reasonOf(err) }, 'a dead letter waits for Kafka');
      await wait(stopped, retries);
    }
  }
}

const NIL = '00000000-0000-0000-0000-000000000000';

/** Its id comes from the record's place: a record that is handled again after a crash is buried once. */
function toLetter(consumer: string, { topic, partition, offset, key, value }: IncomingRecord, error: unknown, attempts: number): DomainEvent<DeadLetter> {
  const event = readEvent(value);
  const digest = createHash('sha256').update(`${consumer} ${topic} ${partition} ${offset}`).digest('hex');
  const id = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  const failed_at = new Date().toISOString();
  return {
    id, type: BURIED, tenant_id: event?.tenant_id ?? NIL, aggregate_id: id, version: 1, property_id: event?.property_id ?? null, occurred_at: failed_at,
    data: { consumer, failed_at, attempts, error: describeError(error), record: { topic, partition, offset: String(offset), key, value } },
  };
}

async function wait(stopped: AbortSignal, retries: number): Promise<void> {
  await pause(Math.min(RETRY_MS.first * 2 ** retries, RETRY_MS.last) * (0.5 + Math.random() / 2), stopped);
  if (stopped.aborted) throw new GivenUp('The service is closing: the batch is left to the next.');
}
