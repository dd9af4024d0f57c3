/**
 * From commit to consumer: `node bench/outbox.ts [--rate 2000] [--per-transaction 4] [--seconds 20] [--drain 100000]`.
 * PostgreSQL (waiting for the disk), Kafka, a relay and a consumer run as processes of their own, and this one writes. Exit code 1 when a goal is
 * missed, 2 when nothing could be measured.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { pino } from 'pino';
import { startKafka, startPostgres } from '@tartware/kit/testing';
import { createDatabase } from '../services/kit/database.ts';
import type { Database } from '../services/kit/database.ts';
import { createMetrics } from '../services/kit/metrics.ts';
import { migrate } from '../services/kit/migrations.ts';
import { emit } from '../services/kit/outbox.ts';
import { BenchError, finish } from './errors.ts';
import type { Arrival } from './outbox/consumer.ts';
import { percentile } from './services/open-load.ts';
import { aligned } from './table.ts';

const { values: options } = parseArgs({ options: { rate: { type: 'string', default: '2000' }, 'per-transaction': { type: 'string', default: '4' }, seconds: { type: 'string', default: '20' }, drain: { type: 'string', default: '100000' } } });
const [rate, together, seconds, drain] = [Number(options.rate), Number(options['per-transaction']), Number(options.seconds), Number(options.drain)];

const GOALS = { p99Ms: 250, drainPerSecond: 10_000 };
const TENANT = '0199aaaa-0000-7000-8000-00000000000a';
const AGGREGATES = 1_000;
const TICK_MS = 10;
const PATIENCE_MS = 120_000;
/** About as large as a reservation with three nights. */
const DATA = { text: 'x'.repeat(700) };

const RELAY = fileURLToPath(new URL('../services/kit/testing/relay-program.ts', import.meta.url));
const CONSUMER = fileURLToPath(new URL('./outbox/consumer.ts', import.meta.url));

interface Parts {
  url: string;
  brokers: string;
  database: Database;
  owner: pg.Client;
}

/** Moment of each event in ms since 1970. */
const arrivals = new Map<string, number>();

async function main(): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'tartware-bench-'));
  const [postgres, kafka] = await Promise.all([startPostgres({ dataDir: join(dir, 'postgres') }), startKafka()]);
  const log = pino({ level: 'warn' });
  const migrations = join(dir, 'migrations');
  await mkdir(migrations);
  await writeFile(join(migrations, '0001_nothing.sql'), '-- Up Migration\nselect 1;\n-- Down Migration\n');
  await migrate({ url: postgres.url, schema: 'trial', dir: migrations, log });
  const database = createDatabase({ url: postgres.url, schema: 'trial', poolMax: 20, metrics: createMetrics(), log });
  const owner = new pg.Client({ connectionString: postgres.url, options: '-c search_path=trial' });
  await owner.connect();
  const parts: Parts = { url: postgres.url, brokers: kafka.brokers.join(','), database, owner };
  try {
    const env = { PATH: process.env['PATH'], DATABASE_URL: parts.url, KAFKA_BROKERS: parts.brokers };
    const consumer = fork(CONSUMER, [], { env });
    consumer.on('message', ({ ids, at }: Arrival) => ids.forEach((id) => arrivals.set(id, at)));
    const startRelay = (): ChildProcess => fork(RELAY, [], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const relay = startRelay();
    console.error('warming up');
    await warmUp(parts);
    console.error(`writing ${rate} events a second for ${seconds} s`);
    const steady = await measureSteady(parts);
    await end(relay);
    console.error(`draining ${drain} events`);
    const drained = await measureDrain(parts, startRelay);
    await end(drained.relay);
    await end(consumer);
    return report(steady, drained);
  } finally {
    await owner.end();
    await database.close();
    await Promise.all([postgres.stop(), kafka.stop()]);
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

const now = (): number => performance.timeOrigin + performance.now();

interface Written {
  id: string;
  /** When the commit was acknowledged. */
  committed: number;
}

/** One transaction with some events of one aggregate, as a charge has that posts several entries. */
async function write({ database }: Parts, aggregateId: string, version: number, events = together): Promise<Written[]> {
  const ids = await database.withTenant(TENANT, (transaction) =>
    Promise.all(Array.from({ length: events }, (_, index) => emit(transaction, { type: 'note.changed', aggregateId, version: version + index, data: DATA }))));
  const committed = now();
  return ids.map((id) => ({ id, committed }));
}

async function arrived(ids: readonly string[]): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!ids.every((id) => arrivals.has(id))) {
    if (Date.now() > deadline) throw new BenchError('EVENTS_MISSING', `After ${PATIENCE_MS / 1_000} s ${ids.filter((id) => !arrivals.has(id)).length} of ${ids.length} events had not come.`, 'Try a lower rate, or see what else runs on this machine.');
    await sleep(20);
  }
}

async function warmUp(parts: Parts): Promise<void> {
  const first = await write(parts, crypto.randomUUID(), 1);
  await arrived(first.map(({ id }) => id));
  for (let round = 0; round < 50; round += 1) await Promise.all(Array.from({ length: 10 }, () => write(parts, crypto.randomUUID(), 1)));
}

interface Steady {
  events: number;
  /** Transactions a second that were in fact committed. */
  perSecond: number;
  /** Milliseconds, in order. */
  latencies: Float64Array;
}

/** Open load: writes begin when they are due, whatever became of those before. */
async function measureSteady(parts: Parts): Promise<Steady> {
  const aggregates = Array.from({ length: AGGREGATES }, () => crypto.randomUUID());
  const writes: Promise<Written[]>[] = [];
  const start = now();
  for (let due = 0; due < rate * seconds;) {
    const target = Math.min(Math.floor(((now() - start) / 1_000) * rate), rate * seconds);
    for (; due < target; due += together) writes.push(write(parts, aggregates[(due / together) % AGGREGATES] ?? '', 1 + due));
    await sleep(TICK_MS);
  }
  const written = (await Promise.all(writes).catch((cause: unknown) => {
    throw new BenchError('WRITES_FAILED', `This machine cannot commit ${rate / together} transactions a second now.`, 'Try a lower rate, or see what else runs on it.', { cause });
  })).flat();
  const took = (now() - start) / 1_000;
  await arrived(written.map(({ id }) => id));
  return { events: written.length, perSecond: written.length / took, latencies: Float64Array.from(written, ({ id, committed }) => Math.max((arrivals.get(id) ?? Infinity) - committed, 0)).sort() };
}

interface Drained {
  relayPerSecond: number;
  consumerPerSecond: number;
  relay: ChildProcess;
}

/** A backlog as after an hour without Kafka: from the relay's start until the outbox is empty, and until the consumer has all. */
async function measureDrain({ owner }: Parts, startRelay: () => ChildProcess): Promise<Drained> {
  const { rows } = await owner.query<{ id: string }>(`insert into outbox (tenant_id, type, aggregate_id, version, data)
    select $1, 'note.changed', md5((n % ${AGGREGATES})::text)::uuid, 1 + n / ${AGGREGATES}, $2 from generate_series(0, $3 - 1) as n returning id`, [TENANT, JSON.stringify(DATA), drain]);
  const started = now();
  const relay = startRelay();
  const published = emptied(owner).then(() => now());
  const ids = rows.map(({ id }) => id);
  await arrived(ids);
  const moments = ids.map((id) => arrivals.get(id) ?? 0);
  const first = moments.reduce((least, at) => Math.min(least, at), Infinity);
  const last = moments.reduce((most, at) => Math.max(most, at), 0);
  // The first event's arrival marks the relay's start of work: the start of its process is not its rate.
  return { relay, relayPerSecond: (drain / (await published - Math.max(started, first - 100))) * 1_000, consumerPerSecond: (drain / (last - first)) * 1_000 };
}

async function emptied(owner: pg.Client): Promise<void> {
  for (;;) {
    const { rows: [row] } = await owner.query<{ waiting: boolean }>('select exists (select from outbox) as waiting');
    if (row?.waiting !== true) return;
    await sleep(50);
  }
}

function report({ events, perSecond, latencies }: Steady, { relayPerSecond, consumerPerSecond }: Drained): number {
  const at = (share: number): number => percentile(latencies, share);
  const round = (value: number): string => Math.round(value).toLocaleString('en');
  console.log(aligned([
    ['figure', 'goal', 'measured'],
    [`events at ${rate}/s, ${together} in a transaction`, '', `${round(events)} at ${round(perSecond)}/s`],
    ['commit → consumer P50', '', `${at(0.5).toFixed(1)} ms`],
    ['commit → consumer P95', '', `${at(0.95).toFixed(1)} ms`],
    ['commit → consumer P99', `≤ ${GOALS.p99Ms} ms`, `${at(0.99).toFixed(1)} ms`],
    ['commit → consumer slowest', '', `${at(1).toFixed(1)} ms`],
    [`backlog of ${round(drain)}: outbox → Kafka`, `≥ ${round(GOALS.drainPerSecond)}/s`, `${round(relayPerSecond)}/s`],
    [`backlog of ${round(drain)}: Kafka → inbox and handler, meanwhile`, `≥ ${round(GOALS.drainPerSecond)}/s`, `${round(consumerPerSecond)}/s`],
  ]));
  const figures = { rate, perSecond, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), relayPerSecond, consumerPerSecond };
  console.log(JSON.stringify(figures));
  return figures.p99 <= GOALS.p99Ms && relayPerSecond >= GOALS.drainPerSecond && consumerPerSecond >= GOALS.drainPerSecond ? 0 : 1;
}

await finish(main);
