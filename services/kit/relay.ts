/**
 * Carries a schema's outbox to Kafka, at least once and in order for each aggregate.
 *
 * Of all pods of a service one relays: it holds an advisory lock on the session that it also reads and deletes with, so that a relay which
 * lost its lock can take nothing away any more. Rows go when Kafka has acknowledged them; what a crash leaves between the two is sent again,
 * with the same event id. While Kafka is away events wait in the outbox and the service goes on serving.
 *
 * An event that Kafka refuses as too large holds up nobody: it is set aside, which is to say that it stays in the outbox, is logged as an error,
 * counted in `outbox_set_aside` and told in readiness, and the next events go on, also those of its aggregate. It is tried again when a relay
 * begins anew (a deployment, or after Kafka or the database was away), so that raising the topic's `max.message.bytes` is the cure; it then comes
 * after newer ones, as events may.
 *
 * What waits is measured by the pod that relays, and measured on while it waits to try again: an outage lasts many attempts, and whenever Prometheus
 * asks, it must see it. A failed pod gives the lock back, since another may reach Kafka; it tells what waits until it finds the lock taken. So at
 * least one pod tells it, for some seconds perhaps two or more the same, and the greatest is the figure. All others tell 0.
 */
import type { ReadinessCheck } from './health.ts';
import type { Logger } from './log.ts';
import { pause } from './loop.ts';
import type { Running } from './loop.ts';
import type { Session, SessionLock } from './loop-session.ts';
import type { Metrics } from './metrics.ts';
import { outboxChannel } from './outbox.ts';
import { COUNTED_AT_MOST, createRelayMeasures } from './relay-measures.ts';
import type { RelayMeasures } from './relay-measures.ts';
import { createPublisher, isTooLarge, reasonOf } from './relay-publisher.ts';
import type { Publisher } from './relay-publisher.ts';
import { apart, cut } from './relay-record.ts';
import type { OutboxRow, Piece } from './relay-record.ts';

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

// Both without what was set aside.
const READ = {
  name: 'outbox.read',
  text: `select sequence, id, type, tenant_id, aggregate_id, version, property_id, data::text as data, trace,
      to_char(occurred_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as occurred_at
    from outbox where sequence <> all($1::bigint[]) order by sequence limit ${BATCH}`,
};
const DELETE = { name: 'outbox.delete', text: 'delete from outbox where sequence = any($1::bigint[])' };
const MEASURE = {
  name: 'outbox.measure',
  text: `select (select count(*) from (select from outbox where sequence <> all($1::bigint[]) limit ${COUNTED_AT_MOST}) as counted)::int as pending,
    coalesce(extract(epoch from clock_timestamp() - (select occurred_at from outbox where sequence <> all($1::bigint[]) order by sequence limit 1)), 0)::float8 as age`,
};

export function startRelay(options: RelayOptions): Relay {
  const stop = new AbortController();
  const bell = createBell();
  stop.signal.addEventListener('abort', bell.ring);
  options.session.listen(outboxChannel(options.schema), bell.ring);
  const publisher = createPublisher(options.brokers, `${options.service}-relay`);
  const state: State = { trouble: undefined, published: 0, aside: [], tells: false };
  const relay = { ...options, publisher, bell, state, measures: createRelayMeasures(options.metrics), stopped: stop.signal };
  const ended = Promise.all([run(relay), keepMeasuring(relay)]);
  return {
    check: {
      name: 'relay',
      optional: true,
      check() {
        if (state.trouble !== undefined) throw new Error(`events wait in the outbox: ${state.trouble}`);
        if (state.aside.length > 0) throw new Error(`events stay in the outbox, too large for Kafka: ${state.aside.length}`);
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
  /** Sequences of events that Kafka refused as too large since this relay began to lead. */
  aside: string[];
  /** Whether it is this pod that tells what waits. */
  tells: boolean;
}

interface Surroundings extends RelayOptions {
  publisher: Publisher;
  bell: Bell;
  state: State;
  measures: RelayMeasures;
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
    // Without the lock, or the connection, another pod may know better.
    if (lock === undefined || lock.signal.aborted) fallSilent(relay);
    backoff = state.trouble === undefined || state.published > before ? BACKOFF_MS.first : Math.min(backoff * 2, BACKOFF_MS.last);
    if (state.trouble !== undefined) await pause(backoff * (0.5 + Math.random() / 2), stopped);
  }
}

async function lead(relay: Surroundings, ended: AbortSignal): Promise<void> {
  const { session, service, bell, state, measures } = relay;
  // Tried again, so counted among what waits.
  state.aside = [];
  measures.setAside.set(0);
  state.tells = true;
  await measure(relay);
  while (!ended.aborted) {
    bell.silence();
    const rows = await session.query<OutboxRow>(READ, [state.aside]);
    for (const piece of cut(service, rows)) {
      if (!ended.aborted) await send(relay, piece);
    }
    // Nothing waits: what was in the way is over, whether there was something to send or not.
    state.trouble = undefined;
    if (rows.length < BATCH) await bell.heard(POLL_MS);
  }
}

/** Away from the outbox once Kafka has it. Of a piece that is too large each event is tried by itself. */
async function send(relay: Surroundings, piece: Piece): Promise<void> {
  const { session, publisher, state, measures, log } = relay;
  const { sequences, records } = piece;
  try {
    await publisher.publish(records);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    if (records.length > 1) {
      for (const one of apart(piece)) await send(relay, one);
      return;
    }
    state.aside.push(...sequences);
    measures.setAside.set(state.aside.length);
    log.error({ sequence: sequences[0], topic: records[0]?.topic, key: records[0]?.key, characters: records[0]?.value.length }, 'an event is too large for Kafka and stays in the outbox');
    return;
  }
  await session.query(DELETE, [sequences]);
  state.published += records.length;
  measures.published.inc(records.length);
}

/** Beside the relay's own steps, of which one may take long: Kafka may hang, and the next attempt be some seconds away. */
async function keepMeasuring(relay: Surroundings): Promise<void> {
  const { state, stopped } = relay;
  while (!stopped.aborted) {
    // When the database is away the relay fails with it, and says so.
    if (state.tells) await measure(relay).catch(() => undefined);
    await pause(MEASURE_EVERY_MS, stopped);
  }
}

async function measure({ session, state, measures }: Surroundings): Promise<void> {
  const [row] = await session.query<{ pending: number; age: number }>(MEASURE, [state.aside]);
  // It may have ended while the database counted.
  if (!state.tells) return;
  measures.pending.set(row?.pending ?? 0);
  measures.age.set(row?.age ?? 0);
}

function fallSilent({ state, measures }: Surroundings): void {
  state.tells = false;
  state.aside = [];
  for (const gauge of [measures.pending, measures.age, measures.setAside]) gauge.set(0);
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
