/** Nothing but a consumer of schema `trial`, as a process that tests can kill. It writes each event into `effects`, slowly. */
import { pino } from 'pino';
import { startConsumers } from '../consumer.ts';
import { createDatabase } from '../database.ts';
import { createMetrics } from '../metrics.ts';

const { DATABASE_URL = '', KAFKA_BROKERS = '' } = process.env;
const EFFECT = { operation: 'trial.effect', text: 'insert into effects (tenant_id, event_id) select current_tenant(), $1 from pg_sleep(0.002)' };

const log = pino();
const metrics = createMetrics();
const database = createDatabase({ url: DATABASE_URL, schema: 'trial', poolMax: 4, metrics, log });
const consumers = startConsumers({
  service: 'killed', database, brokers: KAFKA_BROKERS.split(','), sessionTimeoutMs: 1_000, metrics, log,
  consumers: [{ topics: ['killed'], handlers: { 'note.changed': { order: 'each', handle: async (transaction, { id }) => void await transaction.query(EFFECT, [id]) } } }],
});

process.once('SIGTERM', () => void consumers.close().then(() => database.close()));
