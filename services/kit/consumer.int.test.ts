import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startConsumers } from './consumer.ts';
import type { RunningConsumers } from './consumer.ts';
import { DEAD_LETTERS_TOPIC, topicOf } from './events.ts';
import type { Consumer, DeadLetter, DomainEvent, EventHandler } from './events.ts';
import { Problem, unavailable } from './errors.ts';
import { createMetrics } from './metrics.ts';
import { createPublisher } from './relay-publisher.ts';
import type { Publisher } from './relay-publisher.ts';
import { startKafka } from './testing/kafka.ts';
import type { RunningKafka } from './testing/kafka.ts';
import { runProgram } from './testing/program.ts';
import { readTopic } from './testing/topic-reader.ts';
import { startTrialDatabase } from './testing/trial-database.ts';
import type { TrialDatabase } from './testing/trial-database.ts';

const TENANTS = ['0199aaaa-0000-7000-8000-00000000000a', '0199bbbb-0000-7000-8000-00000000000b'];
const PROGRAM = fileURLToPath(new URL('./testing/consumer-program.ts', import.meta.url));
const SESSION_MS = 1_000;
const PATIENCE = { timeout: 45_000, interval: 50 };
const EFFECT = { operation: 'trial.effect', text: 'insert into effects (tenant_id, event_id) values (current_tenant(), $1)' };
const STATE = {
  operation: 'trial.state',
  text: `insert into states (tenant_id, id, version) values (current_tenant(), $1, $2)
    on conflict (tenant_id, id) do update set version = excluded.version`,
};

const record: EventHandler = { order: 'each', handle: async (transaction, { id }) => void await transaction.query(EFFECT, [id]) };
const project: EventHandler = { order: 'latest', handle: async (transaction, { aggregate_id, version }) => void await transaction.query(STATE, [aggregate_id, version]) };

let trial: TrialDatabase;
let kafka: RunningKafka;
let publisher: Publisher;
let services = 0;
const ends: (() => Promise<unknown>)[] = [];

/** A topic of its own, and a group of the same name. */
const newService = (): string => `source${(services += 1)}`;

function pod(service: string, handlers: Consumer['handlers'], more: Consumer[] = []): { running: RunningConsumers; metrics: ReturnType<typeof createMetrics> } {
  const metrics = createMetrics();
  const consumers = [{ topics: [service], handlers }, ...more];
  const running = startConsumers({ service, database: trial.database, brokers: kafka.brokers, consumers, sessionTimeoutMs: SESSION_MS, lagEveryMs: 200, metrics, log: pino({ level: 'silent' }) });
  ends.push(running.close);
  return { running, metrics };
}

function event(more: Partial<DomainEvent> = {}): DomainEvent {
  return {
    id: crypto.randomUUID(), type: 'note.changed', tenant_id: TENANTS[0]!, aggregate_id: crypto.randomUUID(), version: 1,
    property_id: null, occurred_at: new Date().toISOString(), data: {}, ...more,
  };
}

/** Spread over partitions by the event's id, so that an aggregate's order is not kept. */
async function send(service: string, events: readonly DomainEvent[], headers?: Record<string, string>): Promise<void> {
  await publisher.publish(events.map((one) => ({ topic: topicOf(service), key: crypto.randomUUID(), value: JSON.stringify(one), ...(headers ? { headers } : {}) })));
}

/** How often each event took effect. */
async function effectsOf(of: readonly DomainEvent[]): Promise<number[]> {
  const rows = await trial.asOwner(async (client) => (await client.query<{ event_id: string; times: string }>('select event_id, count(*) as times from effects group by 1')).rows);
  const times = new Map(rows.map((row) => [row.event_id, Number(row.times)]));
  return of.map(({ id }) => times.get(id) ?? 0);
}

/** How many took effect so often, as `{ times: events }`. */
async function effects(of: readonly DomainEvent[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const times of await effectsOf(of)) counts[times] = (counts[times] ?? 0) + 1;
  return counts;
}

const onceEach = (of: readonly DomainEvent[]): Promise<void> => vi.waitFor(async () => expect(await effects(of)).toEqual({ 1: of.length }), PATIENCE);

const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items.map((item) => ({ item, at: Math.random() })).sort((one, other) => one.at - other.at).map(({ item }) => item);

beforeAll(async () => {
  [trial, kafka] = await Promise.all([
    startTrialDatabase(`
      create table effects (tenant_id uuid not null, event_id uuid not null);
      create table states (tenant_id uuid not null, id uuid not null, version bigint not null, primary key (tenant_id, id));
      alter table effects enable row level security, force row level security;
      alter table states enable row level security, force row level security;
      create policy tenant on effects using (tenant_id = current_tenant());
      create policy tenant on states using (tenant_id = current_tenant());
      grant select, insert on effects to trial_app;
      grant select, insert, update on states to trial_app;`),
    startKafka(),
  ]);
  publisher = createPublisher(kafka.brokers, 'test');
});

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

afterAll(async () => {
  await publisher.close();
  await Promise.all([trial.stop(), kafka.stop()]);
});

describe('events', () => {
  it('take effect once each however often and in whatever order they are delivered, over pods that come and go', async () => {
    const service = newService();
    const aggregates = Array.from({ length: 20 }, () => crypto.randomUUID());
    const changes = aggregates.flatMap((aggregate_id, index) => Array.from({ length: 10 }, (_, version) => event({ type: 'state.changed', tenant_id: TENANTS[index % 2]!, aggregate_id, version: version + 1 })));
    const facts = Array.from({ length: 200 }, (_, index) => event({ tenant_id: TENANTS[index % 2]! }));
    const handlers = { 'note.changed': record, 'state.changed': project };
    const first = pod(service, handlers);
    for (let round = 0; round < 4; round += 1) {
      await send(service, shuffled([...changes, ...facts]));
      if (round === 1) pod(service, handlers);
      if (round === 2) await first.running.close();
    }
    const [last] = [event()];
    await send(service, [last!]);
    await onceEach([...facts, last!]);
    await vi.waitFor(async () => {
      const rows = await trial.asOwner(async (client) => (await client.query('select version::int from states where id = any($1)', [aggregates])).rows);
      expect(rows).toEqual(aggregates.map(() => ({ version: 10 })));
    }, PATIENCE);
  });

  it('never take a state back: an older version that comes later is left out', async () => {
    const service = newService();
    const seen: number[] = [];
    const { metrics } = pod(service, { 'state.changed': { order: 'latest', handle: (_transaction, { version }) => Promise.resolve(void seen.push(version)) } });
    const aggregate_id = crypto.randomUUID();
    for (const version of [3, 1, 2, 5, 5, 4]) {
      await publisher.publish([{ topic: topicOf(service), key: aggregate_id, value: JSON.stringify(event({ type: 'state.changed', aggregate_id, version })) }]);
    }
    await vi.waitFor(async () => expect(await metrics.registry.metrics()).toContain(`events_consumed_total{consumer="${service}",outcome="outdated"} 4`), PATIENCE);
    expect(seen).toEqual([3, 5]);
  });

  it('are given in bulk to a handler that takes many, of one tenant at a time', async () => {
    const service = newService();
    const bulks: DomainEvent[][] = [];
    const events = Array.from({ length: 400 }, (_, index) => event({ tenant_id: TENANTS[index % 2]! }));
    await send(service, events);
    pod(service, { 'note.changed': { ...record, handleMany: async (transaction, many) => {
      bulks.push([...many]);
      for (const one of many) await record.handle(transaction, one);
    } } });
    await onceEach(events);
    expect(bulks.length).toBeLessThan(100);
    for (const bulk of bulks) expect(new Set(bulk.map(({ tenant_id }) => tenant_id)).size).toBe(1);
  });

  it('of one type reach every consumer of the service that wants them, each once', async () => {
    const service = newService();
    const seen: string[] = [];
    pod(service, { 'note.changed': record }, [{ name: 'other', topics: [service], handlers: { 'note.changed': { order: 'each', handle: (_transaction, { id }) => Promise.resolve(void seen.push(id)) } } }]);
    const one = event();
    await send(service, [one, event({ type: 'nobody.cares' }), one]);
    await onceEach([one]);
    await vi.waitFor(() => expect(seen).toEqual([one.id]), PATIENCE);
  });

  it('that were sent again for one consumer pass the others by', async () => {
    const service = newService();
    pod(service, { 'note.changed': record });
    const [theirs, ours] = [event(), event()];
    await send(service, [theirs], { 'tartware-only-for': 'billing/rooms' });
    await send(service, [ours], { 'tartware-only-for': `${service}/${service}` });
    await onceEach([ours]);
    await sleep(300);
    expect(await effects([theirs])).toEqual({ 0: 1 });
  });

  it('are counted while they wait', async () => {
    const service = newService();
    let go: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const { metrics } = pod(service, { 'note.changed': { order: 'each', handle: () => gate } });
    await send(service, Array.from({ length: 30 }, () => event()));
    await vi.waitFor(async () => expect(await metrics.registry.metrics()).toMatch(new RegExp(`kafka_consumer_lag\\{group="${service}",topic="tartware.${service}.events"\\} [1-9]`)), PATIENCE);
    go?.();
    await vi.waitFor(async () => expect(await metrics.registry.metrics()).toMatch(new RegExp(`kafka_consumer_lag\\{.*\\} 0`)), PATIENCE);
  });
});

describe('an event that cannot be handled', () => {
  it('costs its neighbours nothing and goes to the dead letters with its reason, and later ones go on', async () => {
    const service = newService();
    const reader = await readTopic(kafka.brokers, DEAD_LETTERS_TOPIC);
    ends.push(reader.close);
    const poison = event({ data: { poison: true } });
    const events = Array.from({ length: 50 }, () => event());
    const tries: string[] = [];
    pod(service, { 'note.changed': { order: 'each', handle: async (transaction, one) => {
      await record.handle(transaction, one);
      if (one.id === poison.id) {
        tries.push(one.id);
        throw new Problem({ status: 409, code: 'room_gone', message: 'The room is gone.', hint: 'None.' });
      }
    } } });
    await publisher.publish([...events.slice(0, 25), poison, ...events.slice(25)].map((one) => ({ topic: topicOf(service), key: 'k', value: JSON.stringify(one) })));
    await publisher.publish([{ topic: topicOf(service), key: 'k', value: 'not json' }, { topic: topicOf(service), key: 'k', value: '{"id":1}' }]);
    const last = event();
    await publisher.publish([{ topic: topicOf(service), key: 'k', value: JSON.stringify(last) }]);
    await onceEach([...events, last]);
    expect(await effects([poison])).toEqual({ 0: 1 });
    expect(tries).toHaveLength(6);
    await vi.waitFor(() => expect(reader.records).toHaveLength(3), PATIENCE);
    const letters = reader.records.map(({ value }) => (JSON.parse(value) as DomainEvent<DeadLetter>).data);
    expect(letters.find(({ record: { value } }) => value === JSON.stringify(poison))).toEqual({
      consumer: `${service}/${service}`, failed_at: expect.any(String), attempts: 5, error: { code: 'room_gone', message: 'The room is gone.' },
      record: { topic: topicOf(service), partition: expect.any(Number), offset: expect.any(String), key: 'k', value: JSON.stringify(poison) },
    });
    expect(letters.map(({ record: { value } }) => value)).toEqual(expect.arrayContaining(['not json', '{"id":1}']));
    expect(reader.records.map(({ value }) => (JSON.parse(value) as DomainEvent).tenant_id).sort()).toEqual(['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', TENANTS[0]]);
  });

  it('because a callee is away waits for it, longer than the group waits for a dead member, and keeps its place', async () => {
    const service = newService();
    let away = true;
    const { running } = pod(service, { 'note.changed': { order: 'each', handle: async (transaction, one) => {
      if (away) throw unavailable('rooms_unavailable', 'Rooms cannot be reached.');
      await record.handle(transaction, one);
    } } });
    const events = Array.from({ length: 20 }, () => event());
    await send(service, events);
    await vi.waitFor(() => expect(() => running.checks[0]!.check()).toThrow('events are not taken: '), PATIENCE);
    expect(running.checks[0]!.optional).toBe(true);
    await sleep(SESSION_MS + 1_000);
    expect(await effects(events)).toEqual({ 0: 20 });
    away = false;
    await onceEach(events);
    await running.checks[0]!.check();
  });
});

describe('a consumer that is alone', () => {
  it('waits for what it needs without holding up the others, and takes all of it later', async () => {
    const service = newService();
    let away = true;
    const taken: string[] = [];
    const { running, metrics } = pod(service, { 'note.changed': record }, [{ name: 'other', alone: true, topics: [service], handlers: { 'note.changed': { order: 'each', handle: (_transaction, { id }) => {
      if (away) throw unavailable('store_unavailable', 'The store cannot be reached.');
      return Promise.resolve(void taken.push(id));
    } } } }]);
    expect(running.checks.map(({ name }) => name)).toEqual(['consumers', 'consumers.other']);
    const first = event();
    await send(service, [first]);
    await vi.waitFor(() => expect(() => running.checks[1]!.check()).toThrow('events are not taken: other: '), PATIENCE);
    const later = Array.from({ length: 20 }, () => event());
    await send(service, later);
    await onceEach([first, ...later]);
    await running.checks[0]!.check();
    await vi.waitFor(async () => {
      const text = await metrics.registry.metrics();
      expect(text).toMatch(new RegExp(`kafka_consumer_lag\\{group="${service}",topic="tartware.${service}.events"\\} 0`));
      expect(text).toMatch(new RegExp(`kafka_consumer_lag\\{group="${service}.other",topic="tartware.${service}.events"\\} [1-9]`));
    }, PATIENCE);
    away = false;
    await vi.waitFor(() => expect(new Set(taken)).toEqual(new Set([first, ...later].map(({ id }) => id))), PATIENCE);
    await vi.waitFor(() => running.checks[1]!.check(), PATIENCE);
  });
});

describe('when something is away', () => {
  it('the database: events wait and are lost or doubled never', async () => {
    const service = newService();
    const { running } = pod(service, { 'note.changed': record });
    const [before, during] = [Array.from({ length: 100 }, () => event()), Array.from({ length: 100 }, () => event())];
    await send(service, before);
    await onceEach(before);
    const elsewhere = new pg.Client({ connectionString: trial.url.replace(/\w+$/, 'postgres') });
    await elsewhere.connect();
    await elsewhere.query('alter database tartware allow_connections false');
    await elsewhere.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trial'`);
    await send(service, during);
    await vi.waitFor(() => expect(() => running.checks[0]!.check()).toThrow('events are not taken: '), PATIENCE);
    await elsewhere.query('alter database tartware allow_connections true');
    await elsewhere.end();
    // Back, and broken in the middle of its work again and again.
    for (let round = 0; round < 10; round += 1) {
      await trial.asOwner((client) => client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trial'`));
      await sleep(50);
    }
    await onceEach([...before, ...during]);
  });

  it('Kafka, killed and back: events go on where they were', async () => {
    const service = newService();
    const { running } = pod(service, { 'note.changed': record });
    const [before, after] = [Array.from({ length: 50 }, () => event()), Array.from({ length: 50 }, () => event())];
    await send(service, before);
    await onceEach(before);
    await kafka.kill();
    await sleep(1_000);
    await kafka.restart();
    await vi.waitFor(() => send(service, after), PATIENCE);
    await onceEach([...before, ...after]);
    await vi.waitFor(() => running.checks[0]!.check(), PATIENCE);
  });
});

describe('a consumer that ends', () => {
  it('by a signal finishes its batch', async () => {
    const service = newService();
    let started = false;
    const { running } = pod(service, { 'note.changed': { order: 'each', handle: async (transaction, one) => {
      started = true;
      await sleep(20);
      await record.handle(transaction, one);
    } } });
    const events = Array.from({ length: 20 }, () => event());
    await publisher.publish(events.map((one) => ({ topic: topicOf(service), key: 'k', value: JSON.stringify(one) })));
    await vi.waitFor(() => expect(started).toBe(true), PATIENCE);
    await running.close();
    expect((await effects(events))[1]).toBeGreaterThan(0);
    pod(service, { 'note.changed': record });
    await onceEach(events);
  });

  it('by kill -9 amid its work, again and again, loses and doubles nothing', async () => {
    const events = Array.from({ length: 2_000 }, (_, index) => event({ tenant_id: TENANTS[index % 2]! }));
    await send('killed', events);
    const start = () => {
      const program = runProgram(PROGRAM, [], { DATABASE_URL: trial.url, KAFKA_BROKERS: kafka.brokers.join(',') });
      ends.push(async () => {
        program.child.kill('SIGKILL');
        await program.exit;
      });
      return program;
    };
    for (let round = 0; round < 3; round += 1) {
      const before = (await effects(events))[1] ?? 0;
      const program = start();
      await vi.waitFor(async () => expect((await effects(events))[1]).toBeGreaterThan(before), PATIENCE);
      await sleep(100 * round);
      program.child.kill('SIGKILL');
      await program.exit;
    }
    start();
    await onceEach(events);
  });
});
