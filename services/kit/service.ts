/** One way to make a service: what it needs is declared, `startService` runs it, `runMain` makes a program of it. */
import { Type } from '@sinclair/typebox';
import type { Static, TObject, TProperties } from '@sinclair/typebox';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.ts';
import type { App } from './app.ts';
import { ServerSettings, readSettings } from './config.ts';
import { createHealth } from './health.ts';
import type { Health, ReadinessCheck } from './health.ts';
import { createLogger } from './log.ts';
import type { Logger } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { createOps } from './ops.ts';

export interface ServiceContext<Settings> {
  settings: Settings;
  log: Logger;
  metrics: Metrics;
}

/** What a started service brings to its server. */
export interface ServiceParts {
  /** Registers the API's routes. */
  routes?: (app: App) => void | Promise<void>;
  /** What must work for this service to do its work. */
  checks?: ReadinessCheck[];
  /** Called when the last request has ended. */
  close?: () => Promise<void>;
}

export interface Service<Properties extends TProperties = TProperties> {
  /** As its Deployment is named. */
  name: string;
  /** Settings besides those that every service has. */
  settings?: TObject<Properties>;
  /** Must not wait for dependencies: a service starts without them and says in its readiness what is missing. */
  start?: (context: ServiceContext<Static<typeof ServerSettings> & Static<TObject<Properties>>>) => ServiceParts | Promise<ServiceParts>;
  /** Brings the schema up to date; run by `node main.ts migrate`. */
  migrate?: (context: { env: NodeJS.ProcessEnv; log: Logger }) => Promise<void>;
}

/** Lets TypeScript infer the settings' types. */
export function defineService<Properties extends TProperties>(service: Service<Properties>): Service<Properties> {
  return service;
}

export interface RunningService {
  /** Such as `http://127.0.0.1:8080`. */
  url: string;
  opsUrl: string;
  log: Logger;
  graceMs: number;
  /** Drains, lets requests end, closes. Resolves when nothing is left open. */
  close: () => Promise<void>;
}

/** Part of the grace that is spent serving with readiness 503 and `connection: close`, so that clients and load balancers go elsewhere. */
const DRAIN_SHARE = 0.25;

/**
 * @param env such as `process.env`
 * @throws SettingsError naming every wrong variable; an Error that names the port when it is taken
 */
export async function startService<Properties extends TProperties>(service: Service<Properties>, env: NodeJS.ProcessEnv): Promise<RunningService> {
  const schema = Type.Object({ ...ServerSettings.properties, ...service.settings?.properties });
  const settings = readSettings(schema, env) as Static<typeof ServerSettings> & Static<TObject<Properties>>;
  const log = createLogger(service.name, settings.LOG_LEVEL);
  const metrics = createMetrics();
  const health = createHealth();
  const parts = (await service.start?.({ settings, log, metrics })) ?? {};
  health.checks = parts.checks ?? [];
  const app = createApp({ log, metrics, health });
  const ops = createOps(health, metrics);
  try {
    await parts.routes?.(app);
    const opsUrl = await listen(ops, 'OPS_PORT', settings.HOST, settings.OPS_PORT, settings.REUSE_PORT);
    const url = await listen(app, 'PORT', settings.HOST, settings.PORT, settings.REUSE_PORT);
    health.phase = 'serving';
    log.info({ url, opsUrl }, 'serving');
    const drainMs = Math.round(settings.SHUTDOWN_GRACE_MS * DRAIN_SHARE);
    return { url, opsUrl, log, graceMs: settings.SHUTDOWN_GRACE_MS, close: () => close({ app, ops, health, log, parts, drainMs }) };
  } catch (error) {
    await Promise.all([app.close(), ops.close()]);
    await parts.close?.();
    throw error;
  }
}

async function listen(server: Pick<FastifyInstance, 'listen'>, variable: string, host: string, port: number, reusePort: boolean): Promise<string> {
  // Fastify hands all of this to node:net, but its types do not know reusePort.
  const options = { host, port, reusePort };
  try {
    return await server.listen(options);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      throw new Error(`${variable} ${port} is taken by another process. End it, or set ${variable} to a free port.`, { cause });
    }
    throw cause;
  }
}

interface Closing {
  app: App;
  ops: FastifyInstance;
  health: Health;
  log: Logger;
  parts: ServiceParts;
  drainMs: number;
}

async function close({ app, ops, health, log, parts, drainMs }: Closing): Promise<void> {
  health.phase = 'draining';
  log.info({ drainMs }, 'draining');
  await sleep(drainMs);
  await app.close();
  await parts.close?.();
  // Last: Prometheus and the kubelet may look until the end.
  await ops.close();
  log.info('closed');
}
