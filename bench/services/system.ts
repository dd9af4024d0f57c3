/** The whole path on this machine: PostgreSQL, Redis when it is installed, and the services as programs of their own, pinned. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
// What it adds to Fastify's types is needed where services are imported.
import type {} from '@tartware/kit/openapi';
import { createTestKey, freePorts, startPostgres, startRedisCluster } from '@tartware/kit/testing';
import type { RunningPostgres, RunningRedisCluster } from '@tartware/kit/testing';
import { readSigningKey } from '../../services/core/model/signing-key.ts';
import { DEMO_TENANT_ID } from '../../services/core/seed.ts';
import { SERVICES } from '../../services/tests/platform.ts';
import type { ServiceName } from '../../services/tests/platform.ts';
import { migrateService } from '../../services/tests/platform-service.ts';
import { BenchError } from '../errors.ts';
import { find, startPinned } from '../gateway/processes.ts';
import type { Pinned } from '../gateway/processes.ts';

/** Services share a core; the database, Redis and the load generator the other. */
export const SERVICE_CORE = 0;
export const STORE_CORE = 1;

export interface Program {
  process: Pinned;
  pid: number;
  /** From the start of the program until its readiness says yes. */
  readyMs: number;
}

export interface System {
  postgres: RunningPostgres;
  /** Process ids of the Redis nodes; none when Redis is not installed. */
  redisPids: readonly number[];
  gatewayUrl: string;
  tenantId: string;
  token: (role: 'operator' | 'manager') => string;
  /** From now on stores and load generator keep to their core; before, the seeding may use both. */
  pinStores: () => void;
  start: (name: ServiceName) => Promise<Program>;
  sql: <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
  stop: () => Promise<void>;
}

const READY_WITHIN_MS = 30_000;
/** High enough that nothing is turned away for being too much of one tenant. */
const NO_LIMIT = '100000000';

export async function prepareSystem(): Promise<System> {
  const postgres = await startPostgres();
  const redis = find('redis-server') === undefined ? undefined : await startRedisCluster();
  for (const name of SERVICES.filter((one) => one !== 'api-gateway')) await migrateService(name, { DATABASE_URL: postgres.url, SEED_DEMO: 'true' });
  return assemble(postgres, redis, await freePorts(2 * SERVICES.length));
}

function assemble(postgres: RunningPostgres, redis: RunningRedisCluster | undefined, ports: readonly number[]): System {
  const key = createTestKey('bench');
  const kid = readSigningKey(key.pem).published.kid;
  const cache = mkdtempSync(join(tmpdir(), 'tartware-bench-'));
  const pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  const running: Pinned[] = [];
  const portOf = (name: ServiceName): { http: number; ops: number } => {
    const at = 2 * SERVICES.indexOf(name);
    return { http: ports[at] ?? 0, ops: ports[at + 1] ?? 0 };
  };
  const common = environmentOf(postgres.url, redis?.urls ?? [], key.pem, cache, (name) => portOf(name).http);
  return {
    postgres, redisPids: redis?.nodes.map(({ pid }) => pid()) ?? [], tenantId: DEMO_TENANT_ID, gatewayUrl: `http://127.0.0.1:${portOf('api-gateway').http}`,
    token: (role) => key.token({ tenant_id: DEMO_TENANT_ID, role, exp: Math.floor(Date.now() / 1_000) + 7_200 }, kid),
    pinStores() {
      for (const pid of [postgres.pid, process.pid, ...(redis?.nodes.map((node) => node.pid()) ?? [])]) pin(pid);
    },
    async start(name) {
      const { http, ops } = portOf(name);
      const main = fileURLToPath(new URL(`../../services/${name}/main.ts`, import.meta.url));
      const began = performance.now();
      const started = await startPinned(SERVICE_CORE, [process.execPath, main], http, { ...common, SERVICE_CLIENT_SECRET: common[`SECRET_OF_${name}`], PORT: String(http), OPS_PORT: String(ops) });
      running.push(started);
      await untilReady(name, ops);
      return { process: started, pid: started.child.pid ?? 0, readyMs: performance.now() - began };
    },
    async sql<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
      return (await pool.query<Row>(text, [...values])).rows;
    },
    async stop() {
      await Promise.all(running.map((one) => one.stop()));
      await pool.end();
      await redis?.stop();
      await postgres.stop();
      rmSync(cache, { recursive: true, force: true });
    },
  };
}

function environmentOf(databaseUrl: string, redisUrls: readonly string[], pem: string, cache: string, portOf: (name: ServiceName) => number): NodeJS.ProcessEnv {
  const secrets = SERVICES.map((name) => [name, randomBytes(16).toString('hex')] as const);
  return {
    HOST: '127.0.0.1', LOG_LEVEL: 'warn', NODE_ENV: 'production', NODE_COMPILE_CACHE: cache, DATABASE_URL: databaseUrl, REDIS_URLS: redisUrls.join(','), TOKEN_SIGNING_KEY: pem,
    TENANT_READS_PER_SECOND: NO_LIMIT, TENANT_WRITES_PER_SECOND: NO_LIMIT, SERVICE_CLIENTS: secrets.map((pair) => pair.join('=')).join(','),
    ...Object.fromEntries(secrets.map(([name, secret]) => [`SECRET_OF_${name}`, secret])),
    ...Object.fromEntries(SERVICES.map((name) => [`${name.toUpperCase().replaceAll('-', '_')}_URL`, `http://127.0.0.1:${portOf(name)}`])),
  };
}

async function untilReady(name: string, opsPort: number): Promise<void> {
  for (const deadline = Date.now() + READY_WITHIN_MS; ;) {
    const answer = await fetch(`http://127.0.0.1:${opsPort}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > deadline) throw new BenchError('NOT_READY', `${name} is not ready: ${answer ? await answer.text() : 'no answer'}.`, 'Start it by hand and look.');
    await sleep(10);
  }
}

/** What it starts later stays on the core too, and is as far in front of the line as the services are. */
function pin(pid: number): void {
  execFileSync('taskset', ['-acp', String(STORE_CORE), String(pid)], { stdio: 'ignore' });
  try {
    writeFileSync(`/proc/${pid}/autogroup`, '-19');
  } catch {
    // No right to, or no such setting: it waits in line like everybody.
  }
}
