import { formRedisCluster, layKafka } from '@tartware/kit/testing';
import { kafkaSeat, redisSeats } from '../parts/data-stores.ts';
import type { Step } from '../supervisor/part.ts';

/** Kafka's jars, fetched the first time, its configuration and its formatted log folder. */
const kafkaData: Step = {
  kind: 'step',
  name: 'kafka-data',
  needs: [],
  run: async (context, signal) => layKafka(kafkaSeat(context), signal),
};

/** Makes the six nodes one cluster, or waits until they are one again. */
const redisCluster: Step = {
  kind: 'step',
  name: 'redis-cluster',
  needs: ['redis-1', 'redis-2', 'redis-3', 'redis-4', 'redis-5', 'redis-6'],
  run: async (context, signal) => formRedisCluster(redisSeats(context), signal),
};

export const DATA_STORE_STEPS: readonly Step[] = [kafkaData, redisCluster];
