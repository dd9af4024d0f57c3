import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DomainEvent } from './events.ts';
import { createSession } from './loop-session.ts';
import { createMetrics } from './metrics.ts';
import { emit } from './outbox.ts';
import { startRelay } from './relay.ts';
import type { Relay } from './relay.ts';
import { startKafka } from './testing/kafka.ts';
import type { RunningKafka } from './testing/kafka.ts';
import { runProgram } from './testing/program.ts';
import type { Program } from './testing/program.ts';
import { readTopic } from './testing/topic-reader.ts';
import type { TopicReader } from './testing/topic-reader.ts';
import { startTrialDatabase } from './testing/trial-database.ts';
import type { TrialDatabase } from './testing/trial-database.ts';

const TENANTS = ['0199aaaa-0000-7000-8000-00000000000a', '0199bbbb-0000-7000-8000-00000000000b'];
const PROGRAM = fileURLToPath(new URL('./testing/relay-program.ts', import.meta.url));
const PATIENCE = { timeout: 20_000, interval: 50 };

let trial: TrialDatabase;
let kafka: RunningKafka;
let reader: TopicReader;
/** Ids of events in the order in which each aggregate wrote them. */
const written = new Map<string, string[]>();
const ends: (() => Promise<unknown>)[] = [];

/** A relay in this process, as one pod's. */
function relayHere(): { relay: Relay; metrics: ReturnType<typeof createMetrics> } {
  const log = pino({ level: 'silent' });
  const metrics = createMetrics();
  const session = createSession({ url: trial.url, schema: 'trial', log });
  const relay = startRelay({ session, schema: 'trial', service: 'trial', brokers: kafka.brokers, metrics, log });
  ends.push(async () => {
    await relay.close();
    await session.close();
  });
  return { relay, metrics };
}

function relayProcess(): Program {
  const program = runProgram(PROGRAM, [], { DATABASE_URL: trial.url, KAFKA_BROKERS: kafka.brokers.join(',') });
  ends.push(async () => kill(program));
  return program;
}

async function kill({ child, exit }: Program): Promise<void> {
  child.kill('SIGKILL');
  await exit;
}

/** How many relays' connections there are, or wait for a lock. */
const sessions = async (where = 'true'): Promise<number> =>
  trial.asOwner(async (client) => Number((await client.query(`select count(*) from pg_stat_activity where application_name = 'trial-session' and ${where}`)).rows[0].count));

/** Changes of some aggregates, a few in one transaction, each aggregate's in order. */
async function write(events: number): Promise<void> {
  const aggregates = Array.from({ length: 5 }, () => crypto.randomUUID());
  await Promise.all(aggregates.map(async (aggregateId, index) => {
    const ids: string[] = [];
    written.set(aggregateId, ids);
    for (let version = 1; version <= events / 5;) {
      const together = Math.min(1 + (version % 4), events / 5 - version + 1);
      await trial.database.withTenant(TENANTS[index % 2]!, async (transaction) => {
        for (let n = 0; n < together; n += 1) {
          ids.push(await emit(transaction, { type: 'note.changed', aggregateId, version: version + n, data: { text: 'é"\\ \u{1f3e8}', version: version + n } }));
        }
      });
      version += together;
    }
  }));
}

const events = (): DomainEvent<{ version: number }>[] => reader.records.map(({ value }) => JSON.parse(value) as DomainEvent<{ version: number }>);

const pending = async (): Promise<number> => trial.asOwner(async (client) => Number((await client.query('select count(*) from outbox')).rows[0].count));

/** Nothing lost; first deliveries in each aggregate's order; a duplicate is the same event to the letter. */
async function expectAllDelivered(): Promise<void> {
  await vi.waitFor(async () => expect(await pending()).toBe(0), PATIENCE);
  await vi.waitFor(() => expect(new Set(events().map(({ id }) => id))).toEqual(new Set([...written.values()].flat())), PATIENCE);
  const byId = new Map<string, string>();
  const order = new Map<string, string[]>();
  for (const { key, value } of reader.records) {
    const event = JSON.parse(value) as DomainEvent;
    expect(event.aggregate_id).toBe(key);
    if (byId.has(event.id)) {
      expect(value).toBe(byId.get(event.id));
    } else {
      byId.set(event.id, value);
      order.set(key, [...(order.get(key) ?? []), event.id]);
    }
  }
  expect(order).toEqual(written);
}

beforeAll(async () => {
  [trial, kafka] = await Promise.all([startTrialDatabase(), startKafka()]);
  reader = await readTopic(kafka.brokers, 'tartware.trial.events');
});

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

afterAll(async () => {
  await reader.close();
  await Promise.all([trial.stop(), kafka.stop()]);
});

describe('the relay', () => {
  it('brings what is written to Kafka soon, and counts what waits', async () => {
    const { relay, metrics } = relayHere();
    await write(500);
    await expectAllDelivered();
    expect(events()[0]).toEqual({
      id: expect.any(String), type: 'note.changed', tenant_id: expect.any(String), aggregate_id: expect.any(String), version: 1, property_id: null,
      occurred_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), data: { text: 'é"\\ \u{1f3e8}', version: 1 },
    });
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^outbox_pending \d+$/m);
    expect(text).toMatch(/^outbox_oldest_age_seconds [\d.]+$/m);
    expect(text).toMatch(/^outbox_published_total [5-9]\d\d$/m);
    await relay.check.check();
  });

  it('keeps order when several run at once and the one that works goes away again and again', async () => {
    const relays = [relayHere(), relayHere(), relayHere()];
    const writing = write(2_000);
    for (let round = 0; round < 5; round += 1) {
      await sleep(150);
      await trial.asOwner((client) => client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trial-session'`));
    }
    await relays[0]?.relay.close();
    await writing;
    await expectAllDelivered();
  });
});

/** The owner's own insert: what any service may come to emit. @returns ids in their order */
async function writeLarge(bytes: readonly number[], tenantId = TENANTS[0]!, aggregateId: string = crypto.randomUUID()): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, size] of bytes.entries()) {
    ids.push(await trial.database.withTenant(tenantId, (transaction) =>
      emit(transaction, { type: 'note.changed', aggregateId, version: index + 1, data: { version: index + 1, text: 'x'.repeat(size) } })));
  }
  written.set(aggregateId, ids);
  return ids;
}

describe('events that are large', () => {
  it('together go in pieces that Kafka takes, in their order', async () => {
    const many = writeLarge(Array.from({ length: 120 }, () => 20_000));
    const few = writeLarge([3_000_000, 10, 5_000_000, 10], TENANTS[1]);
    await Promise.all([many, few]);
    relayHere();
    await expectAllDelivered();
  });

  it('beyond what Kafka takes stay in the outbox, are told of, and hold up neither others nor their own aggregate', async () => {
    const aggregate = crypto.randomUUID();
    const [before, refused, after] = await writeLarge([10, 9_000_000, 10], TENANTS[0], aggregate);
    written.set(aggregate, [before!, after!]);
    await writeLarge([10, 10], TENANTS[1]);
    const { relay, metrics } = relayHere();
    await vi.waitFor(async () => expect(await pending()).toBe(1), PATIENCE);
    await vi.waitFor(async () => expect(await metrics.registry.metrics()).toMatch(/^outbox_set_aside 1$/m), PATIENCE);
    expect(await metrics.registry.metrics()).toMatch(/^outbox_relay_failures_total 0$/m);
    expect(() => relay.check.check()).toThrow('events stay in the outbox, too large for Kafka: 1');
    await write(50);
    await vi.waitFor(async () => expect(await pending()).toBe(1), PATIENCE);
    expect(await trial.asOwner(async (client) => (await client.query('delete from outbox returning id')).rows)).toEqual([{ id: refused }]);
    await expectAllDelivered();
  });
});

describe('a relay that is killed', () => {
  it('at any moment, again and again, loses and disorders nothing', async () => {
    let program = relayProcess();
    const writing = write(3_000);
    let done = false;
    void writing.finally(() => (done = true));
    for (let round = 0; round < 6 || !done; round += 1) {
      await sleep(400 + 150 * (round % 5));
      const next = relayProcess();
      await kill(program);
      program = next;
    }
    await writing;
    await expectAllDelivered();
  });

  it('while it reads, leaves all to the next', async () => {
    await trial.asOwner(async (client) => {
      await write(100);
      await client.query('begin; lock table outbox in access exclusive mode');
      const program = relayProcess();
      await vi.waitFor(async () => expect(await sessions(`wait_event_type = 'Lock'`)).toBe(1), PATIENCE);
      await kill(program);
      await vi.waitFor(async () => expect(await sessions()).toBe(0), PATIENCE);
      await client.query('rollback');
    });
    relayHere();
    await expectAllDelivered();
  });

  it('before Kafka has the events, leaves all to the next', async () => {
    const program = relayProcess();
    await write(5);
    await expectAllDelivered();
    process.kill(kafka.pid(), 'SIGSTOP');
    await write(100);
    await sleep(300);
    await kill(program);
    expect(await pending()).toBe(100);
    process.kill(kafka.pid(), 'SIGCONT');
    relayHere();
    await expectAllDelivered();
  });

  it('after Kafka has the events and before they are taken from the outbox, sends them again under their ids', async () => {
    const before = reader.records.length;
    await trial.asOwner(async (client) => {
      await write(100);
      // Rows that are locked can be read and not deleted.
      await client.query('begin; select from outbox for update');
      const program = relayProcess();
      await vi.waitFor(() => expect(reader.records.length).toBe(before + 100), PATIENCE);
      await kill(program);
      // Else the server would carry out the dead relay's statement as soon as it can.
      await vi.waitFor(async () => expect(await sessions()).toBe(0), PATIENCE);
      await client.query('rollback');
    });
    expect(await pending()).toBe(100);
    relayHere();
    await expectAllDelivered();
    await vi.waitFor(() => expect(reader.records.length).toBe(before + 200), PATIENCE);
  });
});

type Pod = ReturnType<typeof relayHere>;

/** What a pod tells at this moment. */
async function told({ metrics }: Pod, name: string): Promise<number> {
  return (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value ?? Number.NaN;
}

/** Through some attempts of each pod: the greatest of what they tell is always all that waits, and its age grows. */
async function expectToldThroughout(pods: readonly Pod[], pending: number): Promise<void> {
  const greatest = async (name: string): Promise<number> => Math.max(...await Promise.all(pods.map((pod) => told(pod, name))));
  const moments: { pending: number; age: number }[] = [];
  await vi.waitFor(async () => {
    moments.push({ pending: await greatest('outbox_pending'), age: await greatest('outbox_oldest_age_seconds') });
    const attempts = await Promise.all(pods.map((pod) => told(pod, 'outbox_relay_failures_total')));
    expect(Math.min(...attempts)).toBeGreaterThan(0);
    expect(Math.max(...attempts)).toBeGreaterThan(2);
  }, { ...PATIENCE, interval: 10 });
  expect(new Set(moments.map((moment) => moment.pending))).toEqual(new Set([pending]));
  expect(Math.min(...moments.map(({ age }) => age))).toBeGreaterThan(0);
  expect(moments.at(-1)?.age).toBeGreaterThan(moments[0]?.age ?? Number.NaN);
}

describe('without Kafka', () => {
  it('events wait in order, readiness says why without failing, the pods tell how many at every moment, and they arrive when it is back', async () => {
    const pods = [relayHere()];
    const { relay, metrics } = pods[0]!;
    await write(50);
    await expectAllDelivered();
    await kafka.kill();
    await write(1_000);
    await vi.waitFor(() => expect(() => relay.check.check()).toThrow(/events wait in the outbox: /), PATIENCE);
    expect(relay.check.optional).toBe(true);
    expect(await pending()).toBe(1_000);
    expect(await metrics.registry.metrics()).toMatch(/^outbox_relay_failures_total [1-9]/m);
    await vi.waitFor(async () => expect(await told(pods[0]!, 'outbox_pending')).toBe(1_000), PATIENCE);
    pods.push(relayHere());
    await expectToldThroughout(pods, 1_000);
    await trial.asOwner(async (client) => {
      // As if a third had taken over.
      await client.query(`select pg_advisory_lock(hashtext('tartware:trial'), hashtext('relay'))`);
      await vi.waitFor(async () => expect(await Promise.all(pods.map((pod) => told(pod, 'outbox_pending')))).toEqual([0, 0]), PATIENCE);
      await client.query(`select pg_advisory_unlock(hashtext('tartware:trial'), hashtext('relay'))`);
    });
    await kafka.restart();
    await expectAllDelivered();
    await vi.waitFor(() => relay.check.check(), PATIENCE);
  });
});
