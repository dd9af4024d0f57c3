/** Sends records to Kafka: all or an error, and after an error with a new producer, so that no half-sent state is carried on. */
import { Admin, ProduceAcks, Producer, findErrorBy, stringSerializers } from '@platformatic/kafka';
import { DEAD_LETTERS_TOPIC } from './events.ts';

export interface OutgoingRecord {
  topic: string;
  /** Records of one key keep their order. */
  key: string;
  value: string;
  headers?: Record<string, string>;
}

export interface Publisher {
  /**
   * One batch, as one request to each broker concerned. Topics that are missing are made first.
   * @throws when any record was not acknowledged by all in-sync replicas; some may have been written nevertheless
   */
  publish: (records: readonly OutgoingRecord[]) => Promise<void>;
  close: () => Promise<void>;
}

/** Enough for as many pods of one consumer, and as the contract between the services has it. */
const PARTITIONS = 6;
/** One large event shall pass; a dead letter holds it as a JSON string, which is twice as long at worst. */
const MAX_MESSAGE_BYTES = { event: 8 * 1_048_576, deadLetter: 20 * 1_048_576 };
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;

type StringProducer = Producer<string, string, string, string>;

/** @param brokers `host:port`; @param clientId as Kafka's logs and quotas name this client */
export function createPublisher(brokers: readonly string[], clientId: string): Publisher {
  const made = new Set<string>();
  let current: StringProducer | undefined;

  async function discard(): Promise<void> {
    const producer = current;
    current = undefined;
    await producer?.close().catch(() => undefined);
  }

  return {
    async publish(records) {
      try {
        const missing = [...new Set(records.map(({ topic }) => topic))].filter((topic) => !made.has(topic));
        if (missing.length > 0) {
          await makeTopics(brokers, clientId, missing);
          missing.forEach((topic) => made.add(topic));
        }
        current ??= newProducer(brokers, clientId);
        await current.send({ messages: [...records] });
      } catch (error) {
        await discard();
        throw error;
      }
    },
    close: discard,
  };
}

function newProducer(brokers: readonly string[], clientId: string): StringProducer {
  return new Producer({
    ...connection(brokers, clientId),
    serializers: stringSerializers,
    idempotent: true,
    acks: ProduceAcks.ALL,
  });
}

/** What all clients of Kafka here have in common. */
export function connection(brokers: readonly string[], clientId: string) {
  return { clientId, bootstrapBrokers: [...brokers], connectTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, timeout: REQUEST_TIMEOUT_MS, retries: 2, retryDelay: 200 };
}

/** Those that exist are left as they are, whatever their partitions and limits. */
export async function makeTopics(brokers: readonly string[], clientId: string, topics: readonly string[]): Promise<void> {
  const admin = new Admin(connection(brokers, clientId));
  try {
    const existing = new Set(await admin.listTopics());
    for (const topic of topics) {
      if (!existing.has(topic)) {
        const limit = topic === DEAD_LETTERS_TOPIC ? MAX_MESSAGE_BYTES.deadLetter : MAX_MESSAGE_BYTES.event;
        // Another pod may make it between the question and this.
        await admin.createTopics({ topics: [topic], partitions: PARTITIONS, replicas: -1, configs: [{ name: 'max.message.bytes', value: String(limit) }] }).catch(ignoreExisting);
      }
    }
  } finally {
    await admin.close();
  }
}

function ignoreExisting(error: unknown): void {
  if (findErrorBy(error instanceof Error ? error : null, 'apiId', 'TOPIC_ALREADY_EXISTS') === null) throw error;
}

/** Whether Kafka refused records for their size: sent again they would be refused again. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].some((apiId) => findErrorBy(error, 'apiId', apiId) !== null);
}

/** In one line: the client's errors hold those of each try of each broker, several pages of them. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return `${error.message} ${reasonOf(error.errors.at(-1))}`;
  return error instanceof Error ? error.message : String(error);
}
