import { defineService } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { RemoteTokens } from '@tartware/kit/keys';
import { startTracing } from '@tartware/kit/tracing';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Deadlines } from './deadlines.ts';
import { Front } from './front.ts';
import { connectRedis } from './limits/redis.ts';
import { Reconciler } from './limits/reconcile.ts';
import { SignInLimit } from './limits/sign-in-limit.ts';
import { TenantLimits } from './limits/tenant-limits.ts';
import { measureGateway } from './measure.ts';
import { OpenApiOfAll } from './openapi/collect.ts';
import { LoopDelay } from './resilience/loop-delay.ts';
import { RouteTable } from './routes.ts';
import { SampledLog } from './sampled-log.ts';
import { Settings } from './settings.ts';
import { createTracing } from './trace-context.ts';
import { createUpstream } from './upstream.ts';
import { UPSTREAMS } from './upstreams.ts';

export const gateway = defineService({
  name: 'api-gateway',
  settings: Settings,
  async start({ settings, log, metrics }) {
    const tracing = await startTracing({ service: 'api-gateway', url: settings.OTLP_URL, log });
    const tokens = new RemoteTokens({ jwksUrl: new URL('/.well-known/jwks.json', settings.CORE_URL).href, log });
    const upstreams = new Map(UPSTREAMS.map(({ name, setting }) => [name, createUpstream(name, settings[setting], settings.UPSTREAM_MAX_IN_FLIGHT)]));
    const tenantLimits = new TenantLimits({ read: settings.TENANT_READS_PER_SECOND, write: settings.TENANT_WRITES_PER_SECOND });
    const redis = settings.REDIS_URLS === '' ? undefined : connectRedis(settings.REDIS_URLS.split(','), log);
    const reconciler = redis && new Reconciler(tenantLimits, redis);
    const signInLimit = new SignInLimit({ attempts: settings.SIGN_IN_ATTEMPTS, windowMs: settings.SIGN_IN_WINDOW_MS, redis });
    const deadlines = new Deadlines(settings.REQUEST_DEADLINE_MS);
    const loop = new LoopDelay(settings.MAX_EVENT_LOOP_DELAY_MS);
    const openApi = new OpenApiOfAll(UPSTREAMS.map(({ name, setting, prefixes, publicPrefixes = [] }) => ({ service: name, origin: new URL(settings[setting]).origin, prefixes: [...prefixes, ...publicPrefixes] })));
    const { turnedAway } = measureGateway(metrics, { upstreams: [...upstreams.values()], reconciler, loop });
    return {
      routes(app) {
        const front = new Front({
          routes: new RouteTable(upstreams, metrics), tokens, tenantLimits, signInLimit, loop, turnedAway,
          trace: createTracing(settings.TRACE_SAMPLE_RATIO), requestIdOf: app.requestIdOf,
          surroundings: { log: new SampledLog(log), deadlines, deadlineMs: settings.REQUEST_DEADLINE_MS, isDraining: app.isDraining }, maxBodyBytes: settings.MAX_BODY_BYTES, trustedHops: settings.TRUSTED_PROXY_HOPS,
        });
        app.get('/v1/openapi.json', () => openApi.get());
        standBefore(app, front);
      },
      checks: [
        tokens.check,
        ...(reconciler ? [{ name: 'redis', optional: true, check: () => explain(reconciler) }] : []),
      ],
      async close() {
        tokens.close();
        loop.close();
        deadlines.close();
        reconciler?.close();
        await Promise.all([tracing.close(), redis?.close(), ...[...upstreams.values()].map(({ connections }) => connections.close())]);
      },
    };
  },
});

function explain({ failure }: Reconciler): void {
  if (failure !== undefined) {
    throw new Error(`degraded: each pod keeps the limits alone (${failure})`);
  }
}

/** Puts the front before what Fastify does with a request. */
function standBefore(app: App, front: Front): void {
  const { server } = app;
  const behind = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners('request');
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    if (!front.handle(request, response)) {
      behind.forEach((listener) => listener.call(server, request, response));
    }
  };
  server.on('request', pass);
  // Without this, Node would ask for the body before anybody has looked at the token.
  server.on('checkContinue', pass);
}
