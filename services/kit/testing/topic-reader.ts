/** Reads a topic from its beginning, for tests: everything that Kafka has, duplicates too, in the order of each partition. */
import { randomUUID } from 'node:crypto';
import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import { connection, makeTopics } from '../relay-publisher.ts';

export interface TopicRecord {
  key: string;
  value: string;
  partition: number;
  headers: Map<string, string>;
}

export interface TopicReader {
  /** Grows as records arrive. */
  records: readonly TopicRecord[];
  close: () => Promise<void>;
}

export async function readTopic(brokers: readonly string[], topic: string): Promise<TopicReader> {
  const name = `reader-${randomUUID()}`;
  await makeTopics(brokers, name, [topic]);
  const consumer = new Consumer({ ...connection(brokers, name), groupId: name, deserializers: stringDeserializers, retries: true });
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false, maxWaitTime: 100 });
  const records: TopicRecord[] = [];
  stream.on('data', ({ key, value, partition, headers }) => records.push({ key, value, partition, headers }));
  // A broker that is killed in a test breaks the connection; the stream fetches again by itself.
  stream.on('error', () => undefined);
  return { records, close: async () => consumer.close(true) };
}
