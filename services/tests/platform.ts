/**
 * Several real services on one real PostgreSQL (and Kafka when asked), for tests that go through more than one of them:
 *
 *     const platform = await startPlatform(['core', 'rooms', 'guests', 'reservations'], { events: true });
 *     const { status, body } = await platform.api(DEMO, 'operator').post('/v1/reservations', { … });
 *     await platform.stop();
 *
 * Services that are called but not named answer nothing: their address refuses connections.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createTestKey, startKafka, startPostgres } from '@tartware/kit/testing';
import type { RunningKafka, RunningPostgres } from '@tartware/kit/testing';
import { readSigningKey } from '../core/model/signing-key.ts';
import { UPSTREAMS } from '../api-gateway/upstreams.ts';
import { createApi } from './platform-api.ts';
import type { Api } from './platform-api.ts';
import { reservePort } from './platform-ports.ts';
import { migrateService, startInProcess, startProgram } from './platform-service.ts';
import type { RunningPart } from './platform-service.ts';
import { seedOtherTenant } from './platform-tenants.ts';
import type { Tenant } from './platform-tenants.ts';

export { DEMO, OTHER } from './platform-tenants.ts';
export type { Tenant } from './platform-tenants.ts';
export type { Answer, Api, CallOptions } from './platform-api.ts';

export const SERVICES = ['core', 'rooms', 'reservations', 'guests', 'billing', 'housekeeping', 'settings', 'command-center', 'api-gateway'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface PlatformOptions {
  /** Starts Kafka, so that events travel. */
  events?: boolean;
  /** Which run as processes of their own, as pods do, and can be killed: all, or those named. The others run in this process. */
  programs?: boolean | readonly ServiceName[];
  /** More of a service's environment, over what the platform gives. */
  env?: Partial<Record<ServiceName, NodeJS.ProcessEnv>>;
  /** Another program in place of a service's `main.ts`, such as one with fault points; it then runs as a process. */
  mains?: Partial<Record<ServiceName, string>>;
}

export interface Platform {
  postgres: RunningPostgres;
  kafka: RunningKafka | undefined;
  /** Address of each service's API, fixed over restarts. */
  urls: Readonly<Record<ServiceName, string>>;
  opsUrls: Readonly<Record<ServiceName, string>>;
  /** Calls with a user's token signed by Core's key; through the gateway when that is among the services. */
  api: (tenant: Tenant, role: 'viewer' | 'operator' | 'manager') => Api;
  /** Calls as one service calls another, `/internal` included, with a token that Core gave out. */
  internal: (callee: ServiceName, tenant: Tenant, caller?: ServiceName) => Promise<Api>;
  /** As the owner of the database, who sees all tenants; tables by their schema, such as `reservations.operations`. */
  sql: <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
  /** Process id of a service that runs as a program. */
  pid: (name: ServiceName) => number;
  /** Ends one service: in order, or at once as `kill -9` does (only one that runs as a program). */
  end: (name: ServiceName, how?: 'in order' | 'killed') => Promise<void>;
  /** Starts it again on the same ports. @param env over what it had */
  start: (name: ServiceName, env?: NodeJS.ProcessEnv) => Promise<RunningPart>;
  /** As a rolling update does it: starts it again beside itself, and then ends the one that was there. Needs `REUSE_PORT`. */
  replace: (name: ServiceName) => Promise<void>;
  stop: () => Promise<void>;
}

/** @param names in any order; `core` is always started */
export async function startPlatform(names: readonly ServiceName[], options: PlatformOptions = {}): Promise<Platform> {
  const [postgres, kafka, ports] = await Promise.all([startPostgres(), options.events ? startKafka() : undefined, takePorts()]);
  const platform = assemble({ postgres, kafka, ports, options, named: names });
  const wanted = [...new Set<ServiceName>(['core', ...names])];
  try {
    await settleAll(wanted.filter((one) => one !== 'api-gateway').map((name) => migrateService(name, { DATABASE_URL: postgres.url, SEED_DEMO: 'true' })));
    await seedOtherTenant(platform.sql);
    // Core first: who finds its keys at once need not ask for them later.
    await platform.start('core');
    await settleAll(wanted.filter((name) => name !== 'core').map((name) => platform.start(name)));
  } catch (error) {
    await platform.stop();
    throw error;
  }
  return platform;
}

/** None is left running behind the back of who hears of the first that failed. */
async function settleAll(all: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(all)).find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

type Ports = Record<ServiceName, { http: number; ops: number }>;

/** Services name each other's addresses, so all are known before the first starts. */
async function takePorts(): Promise<Ports> {
  const pairs = await Promise.all(SERVICES.map(async (name) => [name, { http: await reservePort(), ops: await reservePort() }] as const));
  return Object.fromEntries(pairs) as Ports;
}

interface Parts {
  postgres: RunningPostgres;
  kafka: RunningKafka | undefined;
  ports: Ports;
  options: PlatformOptions;
  named: readonly ServiceName[];
}

function assemble({ postgres, kafka, ports, options, named }: Parts): Platform {
  const urls = mapNames((name) => `http://127.0.0.1:${ports[name].http}`);
  const opsUrls = mapNames((name) => `http://127.0.0.1:${ports[name].ops}`);
  const key = createTestKey('unused');
  const secrets = mapNames(() => randomBytes(16).toString('hex'));
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
  pool.on('error', () => undefined);
  const running = new Map<ServiceName, RunningPart>();
  const common = environment({ postgres, kafka, urls, secrets, pem: key.pem });
  const urlOf = (path: string): string => urls[named.includes('api-gateway') ? 'api-gateway' : serviceOf(path)];

  return {
    postgres,
    kafka,
    urls,
    opsUrls,
    api(tenant, role) {
      const token = key.token({ tenant_id: tenant.id, role, exp: Math.floor(Date.now() / 1000) + 3_600 }, readSigningKey(key.pem).published.kid);
      return createApi(urlOf, token);
    },
    async internal(callee, tenant, caller = 'command-center') {
      const token = await serviceToken(urls.core, caller, secrets[caller], tenant.id);
      return createApi(() => urls[callee], token);
    },
    async sql<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
      return (await pool.query<Row>(text, [...values])).rows;
    },
    pid(name) {
      const pid = running.get(name)?.pid;
      if (pid === undefined) throw new Error(`${name} does not run as a program. Start it with { programs: ['${name}'] }.`);
      return pid;
    },
    async end(name, how = 'in order') {
      const part = running.get(name);
      running.delete(name);
      await (how === 'killed' ? part?.kill() : part?.close());
    },
    async start(name, env = {}) {
      const own = { ...common, SERVICE_CLIENT_SECRET: secrets[name], PORT: String(ports[name].http), OPS_PORT: String(ports[name].ops), ...options.env?.[name], ...env };
      const part = isProgram(name, options) ? await startProgram(name, own, options.mains?.[name]) : await startInProcess(name, own);
      running.set(name, part);
      return part;
    },
    async replace(name) {
      const leaving = running.get(name);
      await this.start(name);
      await leaving?.close();
    },
    async stop() {
      // The gateway first and Core last, as a rollout would not do, but so that none waits for another.
      await Promise.all([...running.values()].reverse().map((part) => part.close()));
      await pool.end();
      await kafka?.stop();
      await postgres.stop();
    },
  };
}

function isProgram(name: ServiceName, { programs = false, mains }: PlatformOptions): boolean {
  return mains?.[name] !== undefined || (typeof programs === 'boolean' ? programs : programs.includes(name));
}

interface Surroundings {
  postgres: RunningPostgres;
  kafka: RunningKafka | undefined;
  urls: Record<ServiceName, string>;
  secrets: Record<ServiceName, string>;
  pem: string;
}

/** What every service is given; each takes what it knows. */
function environment({ postgres, kafka, urls, secrets, pem }: Surroundings): NodeJS.ProcessEnv {
  return {
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    SHUTDOWN_GRACE_MS: '400',
    DATABASE_URL: postgres.url,
    TOKEN_SIGNING_KEY: pem,
    SERVICE_CLIENTS: SERVICES.map((name) => `${name}=${secrets[name]}`).join(','),
    // Whoever is killed is soon missed.
    ...(kafka ? { KAFKA_BROKERS: kafka.brokers.join(','), KAFKA_SESSION_TIMEOUT_MS: '2000' } : {}),
    ...Object.fromEntries(SERVICES.map((name) => [`${name.toUpperCase().replaceAll('-', '_')}_URL`, urls[name]])),
  };
}

function mapNames<Value>(value: (name: ServiceName) => Value): Record<ServiceName, Value> {
  return Object.fromEntries(SERVICES.map((name) => [name, value(name)])) as Record<ServiceName, Value>;
}

function serviceOf(path: string): ServiceName {
  const found = UPSTREAMS.find(({ prefixes, publicPrefixes = [] }) => [...prefixes, ...publicPrefixes].some((prefix) => path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}?`)));
  const name = SERVICES.find((one) => one === found?.name);
  if (!name) {
    throw new Error(`No service has the path ${path}; see services/api-gateway/upstreams.ts.`);
  }
  return name;
}

async function serviceToken(coreUrl: string, caller: string, secret: string, tenantId: string): Promise<string> {
  const response = await fetch(`${coreUrl}/internal/service-tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${caller}:${secret}`).toString('base64')}` },
    body: JSON.stringify({ tenant_id: tenantId }),
  });
  if (!response.ok) {
    throw new Error(`Core gives ${caller} no token: ${await response.text()}`);
  }
  return ((await response.json()) as { access_token: string }).access_token;
}
