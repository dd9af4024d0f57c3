/** What a service does besides answering: sends its events, takes those of others, and runs its jobs. Started and ended as one. */
import type { Database, Statement } from './database.ts';
import { listOf } from './domain-settings.ts';
import type { DataSettings } from './domain-settings.ts';
import type { Consumer } from './events.ts';
import type { ReadinessCheck } from './health.ts';
import { KEPT_HOURS } from './idempotency.ts';
import type { Logger } from './log.ts';
import type { Job, Running } from './loop.ts';
import type { Session } from './loop-session.ts';
import type { Metrics } from './metrics.ts';

export interface EngineOptions {
  schema: string;
  service: string;
  settings: DataSettings;
  database: Database;
  consumers: readonly Consumer[];
  jobs: readonly Job[];
  metrics: Metrics;
  log: Logger;
}

export interface Engine extends Running {
  checks: readonly ReadinessCheck[];
}

/** Loaded when a service starts: the gateway, which has none of it, shares this kit. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { schema, settings, database, metrics, log } = options;
  const [{ createSession }, { startJobs }] = await Promise.all([import('./loop-session.ts'), import('./loop.ts')]);
  const session = createSession({ url: settings.DATABASE_SESSION_URL || settings.DATABASE_URL, schema, log });
  const jobs = startJobs({ session, jobs: [...options.jobs, upkeep(database)], metrics, log });
  const events = await startEvents(options, session);
  return {
    checks: events.checks,
    async close() {
      await Promise.all([jobs.close(), events.close()]);
      await session.close();
    },
  };
}

async function startEvents({ schema, service, settings, database, consumers, metrics, log }: EngineOptions, session: Session): Promise<Engine> {
  const brokers = listOf(settings.KAFKA_BROKERS);
  if (brokers.length === 0) return { checks: [WITHOUT_KAFKA], close: () => Promise.resolve() };
  const [{ startRelay }, { startConsumers }] = await Promise.all([import('./relay.ts'), import('./consumer.ts')]);
  const relay = startRelay({ session, schema, service, brokers, metrics, log });
  const taking = startConsumers({ service, database, brokers, consumers, sessionTimeoutMs: settings.KAFKA_SESSION_TIMEOUT_MS, metrics, log });
  return {
    checks: [relay.check, ...taking.checks],
    // What is taken may send events: the relay goes last.
    close: () => taking.close().then(relay.close),
  };
}

const WITHOUT_KAFKA: ReadinessCheck = {
  name: 'kafka',
  optional: true,
  check() {
    throw new Error('KAFKA_BROKERS is not set: events stay in the outbox and none are taken');
  },
};

const FORGET_ANSWERS: Statement = {
  operation: 'upkeep.answers',
  text: `delete from idempotency_keys where created_at < now() - interval '${KEPT_HOURS} hours'`,
};
/** Kafka keeps events for seven days unless told otherwise: what it no longer delivers need not be known. */
const FORGET_EVENTS: Statement = { operation: 'upkeep.events', text: `delete from inbox where received_at < now() - interval '14 days'` };
const UPKEEP_EVERY_MS = 15 * 60_000;

function upkeep(database: Database): Job {
  return {
    name: 'upkeep',
    everyMs: UPKEEP_EVERY_MS,
    run: () => database.transaction({ 'app.relay': 'on' }, async (transaction) => {
      await transaction.query(FORGET_ANSWERS);
      await transaction.query(FORGET_EVENTS);
    }),
  };
}
