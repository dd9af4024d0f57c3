/** What operators see of the relay. */
import { Counter, Gauge } from 'prom-client';
import type { Metrics } from './metrics.ts';

export interface RelayMeasures {
  pending: Gauge;
  age: Gauge;
  setAside: Gauge;
  published: Counter;
  failures: Counter;
}

/** Counting further would cost more than it tells. */
export const COUNTED_AT_MOST = 100_000;

export function createRelayMeasures({ registry }: Metrics): RelayMeasures {
  const registers = [registry];
  return {
    pending: new Gauge({ name: 'outbox_pending', help: `Events not yet in Kafka, counted up to ${COUNTED_AT_MOST}; 0 in pods that another relays for.`, registers }),
    age: new Gauge({ name: 'outbox_oldest_age_seconds', help: 'Age of the oldest event not yet in Kafka; 0 in pods that another relays for.', registers }),
    setAside: new Gauge({ name: 'outbox_set_aside', help: 'Events that stay in the outbox since Kafka finds them too large; 0 in pods that another relays for.', registers }),
    published: new Counter({ name: 'outbox_published_total', help: 'Events that Kafka has taken.', registers }),
    failures: new Counter({ name: 'outbox_relay_failures_total', help: 'Times that relaying had to begin again.', registers }),
  };
}
