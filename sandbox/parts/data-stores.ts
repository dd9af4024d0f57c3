import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REDIS_NODES, clickHouseCommand, kafkaAnswers, kafkaCommand, redisAnswers, redisCommand } from '@tartware/kit/testing';
import type { KafkaSeat, RedisSeat } from '@tartware/kit/testing';
import { REPOSITORY } from '../paths.ts';
import { answersOk } from '../probe.ts';
import type { Context, Part } from '../supervisor/part.ts';

function urlFile({ state }: Context): string {
  return state('postgres.url');
}

/** The owner's connection string of the running PostgreSQL; it holds the password. */
export function databaseUrl(context: Context): string {
  return readFileSync(urlFile(context), 'utf8');
}

const postgres: Part = {
  kind: 'part',
  name: 'postgres',
  needs: [],
  ports: ['postgres'],
  readyWithinMs: 60_000,
  stopWithinMs: 20_000,
  command: (context) => {
    // One that a crash left behind names a server that is gone.
    rmSync(urlFile(context), { force: true });
    return {
      file: process.execPath,
      args: [
        join(REPOSITORY, 'sandbox', 'data', 'postgres.ts'),
        `--data=${context.state('postgres')}`,
        `--port=${context.ports.postgres}`,
        `--url-file=${urlFile(context)}`,
      ],
    };
  },
  // The file is written once a client could connect.
  isReady: async (context) => existsSync(urlFile(context)),
};

const REDIS_NAMES = ['redis-1', 'redis-2', 'redis-3', 'redis-4', 'redis-5', 'redis-6'] as const;

/** Where each node of the Redis cluster sits; the first three are primaries at first. */
export function redisSeats({ ports, state }: Context): RedisSeat[] {
  return REDIS_NAMES.map((name) => ({ dataDir: state('redis', name), port: ports[name], busPort: ports[`${name}-bus`] }));
}

/** As the services take them: addresses with commas between. */
export function redisUrls(context: Context): string {
  return redisSeats(context).map(({ port }) => `redis://127.0.0.1:${port}`).join(',');
}

/** One node; the step `redis-cluster` makes one cluster of the six. */
function redisNode(index: number, name: (typeof REDIS_NAMES)[number]): Part {
  return {
    kind: 'part',
    name,
    needs: [],
    ports: [name, `${name}-bus`],
    readyWithinMs: 30_000,
    stopWithinMs: 10_000,
    command: (context) => {
      const seat = redisSeats(context)[index];
      if (seat === undefined) throw new Error(`${name} has no seat among ${REDIS_NODES}`);
      mkdirSync(seat.dataDir, { recursive: true });
      return redisCommand(seat);
    },
    isReady: async ({ ports }) => redisAnswers(ports[name]),
  };
}

export function kafkaSeat({ ports, state }: Context): KafkaSeat {
  return { dataDir: state('kafka'), port: ports.kafka, controllerPort: ports['kafka-controller'] };
}

export function kafkaBrokers({ ports }: Context): string {
  return `127.0.0.1:${ports.kafka}`;
}

const kafka: Part = {
  kind: 'part',
  name: 'kafka',
  needs: ['kafka-data'],
  ports: ['kafka', 'kafka-controller'],
  readyWithinMs: 90_000,
  stopWithinMs: 20_000,
  command: (context) => kafkaCommand(kafkaSeat(context).dataDir),
  isReady: async ({ ports }) => kafkaAnswers(ports.kafka),
};

export function clickHouseUrl({ ports }: Context): string {
  return `http://127.0.0.1:${ports.clickhouse}`;
}

/** ClickHouse's engine as a library, behind its HTTP interface. */
const clickhouse: Part = {
  kind: 'part',
  name: 'clickhouse',
  needs: [],
  ports: ['clickhouse'],
  readyWithinMs: 60_000,
  stopWithinMs: 15_000,
  command: ({ ports, state }) => clickHouseCommand(state('clickhouse'), ports.clickhouse),
  isReady: async (context) => answersOk(`${clickHouseUrl(context)}/ping`),
};

export const DATA_STORES: readonly Part[] = [postgres, ...REDIS_NAMES.map((name, index) => redisNode(index, name)), kafka, clickhouse];
