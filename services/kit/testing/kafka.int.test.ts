import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startKafka } from './kafka.ts';
import type { RunningKafka } from './kafka.ts';
import { idsAfterKillOfStarter, isAlive } from './left-behind.ts';

describe('startKafka', () => {
  let kafka: RunningKafka;
  const folders: string[] = [];

  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => kafka.stop());
  afterEach(async () => {
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
  });

  async function send(topic: string, values: readonly string[]): Promise<void> {
    const producer = new Producer({ clientId: 'test', bootstrapBrokers: kafka.brokers, serializers: stringSerializers, autocreateTopics: true });
    try {
      await producer.send({ messages: values.map((value) => ({ topic, key: value, value })) });
    } finally {
      await producer.close();
    }
  }

  async function read(topic: string, count: number): Promise<string[]> {
    const consumer = new Consumer({ clientId: 'test', groupId: `${topic}-${count}-readers`, bootstrapBrokers: kafka.brokers, deserializers: stringDeserializers });
    try {
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 100 });
      const values: string[] = [];
      for await (const { value } of stream) {
        values.push(value);
        if (values.length === count) break;
      }
      return values.sort();
    } finally {
      await consumer.close(true);
    }
  }

  it('makes topics of six partitions when they are first used, and delivers', async () => {
    await send('orders', ['a', 'b', 'c']);
    expect(await read('orders', 3)).toEqual(['a', 'b', 'c']);
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: kafka.brokers });
    const { topics } = await admin.metadata({ topics: ['orders'] });
    await admin.close();
    expect(topics.get('orders')?.partitionsCount).toBe(6);
  });

  it('keeps on the same address what it had acknowledged when it is killed and started again', async () => {
    await send('kept', ['1', '2']);
    const { brokers } = kafka;
    await kafka.kill();
    await expect(dial(brokers)).rejects.toThrow('ECONNREFUSED');
    await kafka.restart();
    expect(kafka.brokers).toEqual(brokers);
    await send('kept', ['3']);
    expect(await read('kept', 3)).toEqual(['1', '2', '3']);
  });

  it('keeps data between runs in a folder that was named, and deletes its own', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tartware-test-'));
    folders.push(dataDir);
    const first = await startKafka({ dataDir });
    await first.stop();
    await expect(access(join(dataDir, 'log', 'meta.properties'))).resolves.toBeUndefined();
  });

  it('shows what Kafka said when the port is taken', async () => {
    const [address = ''] = kafka.brokers;
    await expect(startKafka({ port: Number(address.split(':')[1]) })).rejects.toThrow(/Kafka ended while starting[^]*Address already in use/);
  });

  it.runIf(process.platform === 'linux')('leaves no broker behind when its starter is killed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tartware-test-'));
    folders.push(dataDir);
    const [pid = 0] = await idsAfterKillOfStarter(
      'const { startKafka } = await import(process.argv[1]); const kafka = await startKafka({ dataDir: process.argv[2] }); console.log(kafka.pid())',
      new URL('./kafka.ts', import.meta.url).href,
      dataDir,
    );
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});

async function dial([address = '']: readonly string[]): Promise<void> {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  await once(socket, 'connect').finally(() => socket.destroy());
}
