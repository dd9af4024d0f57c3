/** Takes the events of service `trial` as any service does, and tells its parent when each came. */
import { pino } from 'pino';
import { createDatabase } from '../../services/kit/database.ts';
import { startConsumers } from '../../services/kit/consumer.ts';
import type { DomainEvent, EventHandler } from '../../services/kit/events.ts';
import { createMetrics } from '../../services/kit/metrics.ts';

/** What is told: ids, and the moment of all of them in ms since 1970 with fractions. */
export interface Arrival {
  ids: string[];
  at: number;
}

const { DATABASE_URL = '', KAFKA_BROKERS = '' } = process.env;
const log = pino({ level: 'warn' });
const metrics = createMetrics();
const database = createDatabase({ url: DATABASE_URL, schema: 'trial', poolMax: 4, metrics, log });

/** When the handler is called the event is known to be new; what the handler would do is the service's own. */
const arrive = (events: readonly DomainEvent[]): Promise<void> => {
  const arrival: Arrival = { ids: events.map(({ id }) => id), at: performance.timeOrigin + performance.now() };
  process.send?.(arrival);
  return Promise.resolve();
};
const handler: EventHandler = { order: 'each', handle: (_transaction, event) => arrive([event]), handleMany: (_transaction, events) => arrive(events) };

const consumers = startConsumers({
  service: 'bench', database, brokers: KAFKA_BROKERS.split(','), consumers: [{ topics: ['trial'], handlers: { 'note.changed': handler } }], metrics, log,
});

// The parent is gone, however that ended.
process.once('disconnect', () => process.exit());
process.once('SIGTERM', () => void consumers.close().then(() => database.close()).then(() => process.exit()));
