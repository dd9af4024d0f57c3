/** The HTTP server that every service answers with: Fastify with TypeBox schemas, problems, request ids, metrics and sampled logs. */
import { LogController, fastify } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest, FastifyTypeProvider, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Static, TSchema } from '@sinclair/typebox';
import type { Health } from './health.ts';
import type { Logger } from './log.ts';
import { STATUS_CLIENT_GONE } from './metrics.ts';
import type { Metrics, RouteMetrics } from './metrics.ts';
import { noSuchRoute, sendError } from './answer-error.ts';
import { REQUEST_ID_HEADER, createRequestIds } from './request-id.ts';
import { compileValidator } from './validation.ts';

export interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** A Fastify instance whose handlers get their types from the route's TypeBox schemas. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxProvider>;

export interface AppOptions {
  log: Logger;
  metrics: Metrics;
  health: Health;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    metrics?: RouteMetrics;
  }

  interface FastifyInstance {
    /** Whether this pod is about to go: answers then ask clients to close their connection. */
    isDraining: () => boolean;
    /** For a request that is answered without Fastify: the id it would have had there. */
    requestIdOf: (request: IncomingMessage) => string;
  }

  interface FastifyRequest {
    measured: boolean;
    /** Status that is counted when the connection closes before the answer is whole: 499, unless a handler breaks it off for a reason of its own. */
    brokenOffAs: number;
  }
}

/** Larger bodies answer 413. */
const BODY_LIMIT_BYTES = 256 * 1024;
/** Longer than the 60 s that load balancers keep an idle connection: the side that sends must be the one that closes. */
const KEEP_ALIVE_MS = 72_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Who takes longer for the head of a request, or sends none on a fresh connection, is cut off; looked at every so often. */
const HEADERS_TIMEOUT_MS = 10_000;
const TIMEOUTS_CHECKED_EVERY_MS = 2_000;
/** One answer in this many is logged at info; every 5xx is at warn, every request at debug. */
const LOG_ONE_IN = 1_000;

export function createApp({ log, metrics, health }: AppOptions): App {
  const requestIdOf = createRequestIds();
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUTS_CHECKED_EVERY_MS },
    // While draining, a request on an open connection is served like any other and told to close it.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    // What cannot be routed at all, such as a malformed percent escape.
    frameworkErrors: sendError,
  }).withTypeProvider<TypeBoxProvider>();
  app.setValidatorCompiler(compileValidator);
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) => sendError(noSuchRoute(request.method), request, reply));
  measureRequests(app, log, metrics);
  app.decorate('isDraining', () => health.phase === 'draining');
  app.decorate('requestIdOf', requestIdOf);
  app.addHook('onRequest', (request, reply, done) => {
    // Not on the raw response: a header set there makes Node take its slow way through all the others.
    reply.header(REQUEST_ID_HEADER, request.id);
    if (health.phase === 'draining') {
      reply.header('connection', 'close');
    }
    done();
  });
  return app;
}

function measureRequests(app: App, log: Logger, metrics: Metrics): void {
  const unmatched = metrics.forRoute('unmatched');
  let answered = 0;
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, metrics: metrics.forRoute(route.url) };
  });
  const observe = (request: FastifyRequest, status: number, reply: FastifyReply): boolean => {
    // An answer may be tried after its connection has closed: whichever end comes first is the one that counts.
    if (request.measured) {
      return false;
    }
    request.measured = true;
    (request.routeOptions.config.metrics ?? unmatched).observe(request.method, status, reply.elapsedTime / 1000);
    return true;
  };
  app.decorateRequest('measured', false);
  app.decorateRequest('brokenOffAs', STATUS_CLIENT_GONE);
  app.addHook('onRequest', (request, reply, done) => {
    // Not onRequestAbort: it misses a client that leaves after its body was read. 'close' comes after 'finish', which ends a whole answer.
    reply.raw.once('close', () => observe(request, request.brokenOffAs, reply));
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    if (observe(request, reply.statusCode, reply)) {
      answered += 1;
      const level = reply.statusCode >= 500 ? 'warn' : answered % LOG_ONE_IN === 0 ? 'info' : 'debug';
      if (log.isLevelEnabled(level)) {
        request.log[level](summary(request, reply), 'answered');
      }
    }
    done();
  });
}

/** The path without its query, which may name guests. */
function summary(request: FastifyRequest, reply: FastifyReply): object {
  const [path] = request.url.split('?', 1);
  return { method: request.method, route: request.routeOptions.url, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
}
