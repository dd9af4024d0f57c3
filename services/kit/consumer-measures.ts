/** What operators see of the consumers. */
import { Counter, Gauge } from 'prom-client';
import type { Metrics } from './metrics.ts';

export interface ConsumerMeasures {
  consumed: Counter<'consumer' | 'outcome'>;
  failed: Counter<'consumer'>;
  /** All of one group at once. @param lag by topic, of each partition; -1 for those of other pods */
  setLag: (group: string, lag: ReadonlyMap<string, readonly bigint[]>) => void;
}

/** Once for a service, whatever its groups. */
export function createConsumerMeasures({ registry }: Metrics): ConsumerMeasures {
  const registers = [registry];
  const lagGauge = new Gauge({ name: 'kafka_consumer_lag', help: 'Events that wait in the partitions of this pod.', labelNames: ['group', 'topic'], registers });
  const shown = new Map<string, readonly string[]>();
  return {
    consumed: new Counter({ name: 'events_consumed_total', help: 'Events by what became of them.', labelNames: ['consumer', 'outcome'], registers }),
    failed: new Counter({ name: 'event_failures_total', help: 'Attempts to handle events that failed.', labelNames: ['consumer'], registers }),
    setLag(group, lag) {
      for (const topic of shown.get(group) ?? []) lagGauge.remove({ group, topic });
      shown.set(group, [...lag.keys()]);
      for (const [topic, partitions] of lag) {
        lagGauge.set({ group, topic }, Number(partitions.reduce((sum, waiting) => sum + (waiting > 0n ? waiting : 0n), 0n)));
      }
    },
  };
}
