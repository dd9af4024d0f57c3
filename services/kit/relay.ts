/**
 * Carries a schema's outbox to Kafka, at least once and in order for each aggregate.
 *
 * Of all pods of a service one relays: it holds an advisory lock on the session that it also reads and deletes with, so that a relay which
 * lost its lock can take nothing away any more. Rows go when Kafka has acknowledged them; what a crash leaves between the two is sent again,
 * with the same event id. While Kafka is away events wait in the outbox and the service goes on serving.
 */
import { Counter, Gauge } from 'prom-client';
import { topicOf } from './events.ts';
import type { ReadinessCheck } from './health.ts';
import type { Logger } from './log.ts';
import { pause } from './loop.ts';
import type { Running } from './loop.ts';
import type { Session, SessionLock } from './loop-session.ts';
import type { Metrics } from './metrics.ts';
import { outboxChannel } from './outbox.ts';
import { createPublisher, reasonOf } from './relay-publisher.ts';
import type { OutgoingRecord, Publisher } from './relay-publisher.ts';

export interface RelayOptions {
  session: Session;
  schema: string;
  /** Names the topic, `tartware.<service>.events`. */
  service: string;
  /** `host:port` of Kafka's brokers. */
  brokers: readonly string[];
  metrics: Metrics;
  log: Logger;
}

export interface Relay extends Running {
  /** Says why events wait. They are not lost, and the service can do its work. */
  check: ReadinessCheck;
}

const BATCH = 500;
/** Notifications wake the relay; this is for those that got lost with a connection. */
const POLL_MS = 1_000;
const MEASURE_EVERY_MS = 2_000;
const BACKOFF_MS = { first: 100, last: 5_000 };
/** Counting further would cost more than it tells. */
const COUNTED_AT_MOST = 100_000;

const READ = {
  name: 'outbox.read',
  text: `select sequence, id, type, tenant_id, aggregate_id, version, property_id, data::text as data, trace,
      to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as occurred_at
    from outbox order by sequence limit ${BATCH}`,
};
const DELETE = { name: 'outbox.delete', text: 'delete from outbox where sequence = any($1::bigint[])' };
const MEASURE = {
  name: 'outbox.measure',
  text: `select (select count(*) from (select from outbox limit ${COUNTED_AT_MOST}) as counted)::int as pending,
    coalesce(extract(epoch from clock_timestamp() - (select occurred_at from outbox order by sequence limit 1)), 0)::float8 as age`,
};

interface Row {
  /** A bigint, as text. */
  sequence: string;
  id: string;
  type: string;
  tenant_id: string;
  aggregate_id: string;
  /** A bigint, as text. */
  version: string;
  property_id: string | null;
  /** JSON, as text. */
  data: string;
  trace: string | null;
  occurred_at: string;
}

export function startRelay(options: RelayOptions): Relay {
  const stop = new AbortController();
  const bell = createBell();
  stop.signal.addEventListener('abort', bell.ring);
  options.session.listen(outboxChannel(options.schema), bell.ring);
  const publisher = createPublisher(options.brokers, `${options.service}-relay`);
  const state: State = { trouble: undefined, published: 0 };
  const relay = { ...options, publisher, bell, state, measures: createMeasures(options.metrics), stopped: stop.signal };
  const ended = run(relay);
  return {
    check: {
      name: 'relay',
      optional: true,
      check() {
        if (state.trouble !== undefined) throw new Error(`events wait in the outbox: ${state.trouble}`);
      },
    },
    async close() {
      stop.abort(new Error('The service is closing.'));
      await ended;
      await publisher.close();
    },
  };
}

interface State {
  trouble: string | undefined;
  published: number;
}

interface Surroundings extends RelayOptions {
  publisher: Publisher;
  bell: Bell;
  state: State;
  measures: Measures;
  stopped: AbortSignal;
}

/** Tries for the lock for ever; whoever has it relays until the lock, or the service, is gone. */
async function run(relay: Surroundings): Promise<void> {
  const { session, state, measures, stopped, log } = relay;
  let backoff = BACKOFF_MS.first;
  while (!stopped.aborted) {
    let lock: SessionLock | undefined;
    const before = state.published;
    try {
      lock = await session.tryLock('relay');
      if (lock) await lead(relay, AbortSignal.any([stopped, lock.signal]));
      else await pause(POLL_MS, stopped);
      state.trouble = undefined;
    } catch (err) {
      state.trouble = reasonOf(err);
      measures.failures.inc();
      log.warn({ reason: state.trouble }, 'events wait in the outbox: they could not be relayed');
    }
    await lock?.release();
    measures.pending.set(0);
    measures.age.set(0);
    backoff = state.trouble === undefined || state.published > before ? BACKOFF_MS.first : Math.min(backoff * 2, BACKOFF_MS.last);
    if (state.trouble !== undefined) await pause(backoff * (0.5 + Math.random() / 2), stopped);
  }
}

async function lead(relay: Surroundings, ended: AbortSignal): Promise<void> {
  const { session, service, publisher, bell, state, measures } = relay;
  let measured = 0;
  while (!ended.aborted) {
    if (Date.now() - measured > MEASURE_EVERY_MS) {
      measured = Date.now();
      await measure(relay);
    }
    bell.silence();
    const rows = await session.query<Row>(READ);
    if (rows.length > 0) {
      await publisher.publish(rows.map((row) => toRecord(service, row)));
      await session.query(DELETE, [rows.map(({ sequence }) => sequence)]);
      state.published += rows.length;
      measures.published.inc(rows.length);
    }
    // Nothing waits: what was in the way is over, whether there was something to send or not.
    state.trouble = undefined;
    if (rows.length < BATCH) await bell.heard(POLL_MS);
  }
}

async function measure({ session, measures }: Surroundings): Promise<void> {
  const [row] = await session.query<{ pending: number; age: number }>(MEASURE);
  measures.pending.set(row?.pending ?? 0);
  measures.age.set(row?.age ?? 0);
}

/** `data` is JSON already: it is put in as it is, never parsed and written again. */
function toRecord(service: string, row: Row): OutgoingRecord {
  const { id, type, tenant_id, aggregate_id, version, property_id, occurred_at, trace } = row;
  const head = JSON.stringify({ id, type, tenant_id, aggregate_id, version: Number(version), property_id, occurred_at, ...(trace === null ? {} : { trace }) });
  return { topic: topicOf(service), key: aggregate_id, value: `${head.slice(0, -1)},"data":${row.data}}` };
}

interface Bell {
  ring: () => void;
  silence: () => void;
  /** Resolves when it rings, or rang since it was silenced, or the time is over. */
  heard: (withinMs: number) => Promise<void>;
}

function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    silence: () => void (rung = false),
    heard: (withinMs) => new Promise((resolve) => {
      const timer = setTimeout(done, rung ? 0 : withinMs);
      wake = done;
      function done(): void {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      }
    }),
  };
}

interface Measures {
  pending: Gauge;
  age: Gauge;
  published: Counter;
  failures: Counter;
}

function createMeasures({ registry }: Metrics): Measures {
  const registers = [registry];
  return {
    pending: new Gauge({ name: 'outbox_pending', help: `Events not yet in Kafka, counted up to ${COUNTED_AT_MOST}; 0 in pods that do not relay.`, registers }),
    age: new Gauge({ name: 'outbox_oldest_age_seconds', help: 'Age of the oldest event not yet in Kafka; 0 in pods that do not relay.', registers }),
    published: new Counter({ name: 'outbox_published_total', help: 'Events that Kafka has taken.', registers }),
    failures: new Counter({ name: 'outbox_relay_failures_total', help: 'Times that relaying had to begin again.', registers }),
  };
}
