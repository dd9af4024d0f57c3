/** One way to make a service that owns a schema: what it needs is declared, and all that is the same everywhere is done here. */
import { fileURLToPath } from 'node:url';
import { Type } from '@sinclair/typebox';
import type { Static, TObject, TProperties } from '@sinclair/typebox';
import type { App } from './app.ts';
import { requireRole, requireToken } from './authenticate.ts';
import { createCache } from './cache.ts';
import type { Cache } from './cache.ts';
import { postgresUrl, readSettings } from './config.ts';
import { createDatabase } from './database.ts';
import type { Database } from './database.ts';
import { DomainSettings, callSettings, listOf, urlVariable } from './domain-settings.ts';
import { startEngine } from './engine.ts';
import type { Consumer } from './events.ts';
import type { ReadinessCheck } from './health.ts';
import { RemoteTokens } from './keys.ts';
import type { Logger } from './log.ts';
import type { Job } from './loop.ts';
import type { Metrics } from './metrics.ts';
import { serveOpenApi } from './openapi.ts';
import { defineService } from './service.ts';
import type { Service, ServiceContext, ServiceParts } from './service.ts';
import { createServiceClients } from './services.ts';
import { startTracing } from './tracing.ts';
import { traceRequests } from './tracing-http.ts';
import type { ServiceClient } from './services.ts';

export interface DomainContext<Settings, Calls extends string> {
  /** The service's own settings, and those of every service. */
  settings: Settings & DomainSettings;
  database: Database;
  /** By the names in `calls`. */
  services: Readonly<Record<Calls, ServiceClient>>;
  cache: Cache;
  log: Logger;
  metrics: Metrics;
}

export interface DomainParts {
  /** Behind an access token of any role: reading is for all, what changes something calls `requireWriter`. */
  routes?: (app: App) => void | Promise<void>;
  /** Behind a token of a service. */
  internalRoutes?: (app: App) => void | Promise<void>;
  consumers?: readonly Consumer[];
  /** Each is run by one pod at a time. */
  jobs?: readonly Job[];
  /** Besides database, keys of core and Kafka. */
  checks?: readonly ReadinessCheck[];
  /** Called when requests, consumers and jobs have ended, before the database closes. */
  close?: () => Promise<void>;
}

export interface DomainDefinition<Properties extends TProperties, Calls extends string> {
  /** As its Deployment is named. Schema `<name>` and role `<name>_app`, with `_` for `-`; topic `tartware.<name>.events`, consumer group `<name>`. */
  name: string;
  /** Folder with the `.sql` files. */
  migrations: URL;
  /** Services that it calls. Asks for `<SERVICE>_URL` of each and for `SERVICE_CLIENT_SECRET`. */
  calls?: readonly Calls[];
  /** TypeBox schemas of its own settings, by variable; the description says what to set. */
  settings?: Properties;
  /** Must not wait for dependencies: a service starts without them and says in its readiness what is missing. */
  start: (context: DomainContext<Static<TObject<Properties>>, Calls>) => DomainParts | Promise<DomainParts>;
}

const MigrateSettings = Type.Object({ DATABASE_URL: postgresUrl() });

export function defineDomainService<const Calls extends string = never, Properties extends TProperties = Record<never, never>>(
  domain: DomainDefinition<Properties, Calls>,
): Service {
  const schema = domain.name.replaceAll('-', '_');
  const calls = domain.calls ?? [];
  return defineService<TProperties>({
    name: domain.name,
    settings: Type.Object({ ...DomainSettings.properties, ...callSettings(calls), ...domain.settings }),
    start({ settings, log, metrics }) {
      // They were read by the schema above, whose type TypeScript cannot compute while the service's own part is open.
      const read: object = settings;
      return startDomain(domain, schema, { settings: read as DomainEnvironment<Properties>, log, metrics });
    },
    async migrate({ env, log }) {
      const { DATABASE_URL } = readSettings(MigrateSettings, env);
      // Loaded here: a serving pod does not need the migration tool.
      const { migrate } = await import('./migrations.ts');
      await migrate({ url: DATABASE_URL, schema, dir: fileURLToPath(domain.migrations), log });
    },
  });
}

type DomainEnvironment<Properties extends TProperties> = DomainSettings & Static<TObject<Properties>>;

async function startDomain<Properties extends TProperties, Calls extends string>(
  domain: DomainDefinition<Properties, Calls>, schema: string, { settings, log, metrics }: ServiceContext<DomainEnvironment<Properties>>,
): Promise<ServiceParts> {
  const tracing = await startTracing({ service: domain.name, url: settings.OTLP_URL, log });
  const database = createDatabase({ url: settings.DATABASE_URL, schema, poolMax: settings.DATABASE_POOL_MAX, metrics, log });
  const tokens = new RemoteTokens({ jwksUrl: new URL('/.well-known/jwks.json', settings.CORE_URL).href, log });
  const others = connect(domain, settings);
  const cache = createCache({ service: domain.name, nodes: listOf(settings.REDIS_URLS), metrics, log });
  const parts = await domain.start({ settings, database, services: others.clients, cache, log, metrics });
  const { consumers = [], jobs = [] } = parts;
  const engine = await startEngine({ schema, service: domain.name, settings, database, consumers, jobs, metrics, log });
  return {
    routes(app) {
      serveOpenApi(app, domain.name);
      return addRoutes(app, parts, tokens);
    },
    checks: [database.check, tokens.check, ...engine.checks, ...(parts.checks ?? [])],
    async close() {
      tokens.close();
      await engine.close();
      await parts.close?.();
      await Promise.all([others.close(), cache.close(), database.close()]);
      await tracing.close();
    },
  };
}

interface Others<Calls extends string> {
  clients: Readonly<Record<Calls, ServiceClient>>;
  close: () => Promise<void>;
}

function connect<Properties extends TProperties, Calls extends string>({ name, calls = [] }: DomainDefinition<Properties, Calls>, settings: DomainSettings): Others<Calls> {
  // `callSettings` demanded them.
  const own = settings as DomainSettings & Record<string, string>;
  const urls = Object.fromEntries(calls.map((service) => [service, own[urlVariable(service)] ?? '']));
  const { clients, close } = createServiceClients({ name, secret: own['SERVICE_CLIENT_SECRET'] ?? '', urls: { ...urls, core: settings.CORE_URL } });
  return { clients: clients as Record<Calls, ServiceClient>, close };
}

async function addRoutes(app: App, { routes, internalRoutes }: DomainParts, tokens: RemoteTokens): Promise<void> {
  await app.register(async (scope) => {
    requireToken(scope, tokens);
    traceRequests(scope);
    await routes?.(scope);
  });
  await app.register(async (scope) => {
    requireToken(scope, tokens);
    scope.addHook('onRequest', (request, _reply, done) => {
      requireRole(request, ['service']);
      done();
    });
    traceRequests(scope);
    await internalRoutes?.(scope);
  });
}
