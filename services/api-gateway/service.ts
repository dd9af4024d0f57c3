import { Type } from '@sinclair/typebox';
import { Problem, defineService, milliseconds } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { requireToken } from '@tartware/kit/authenticate';
import { RemoteTokens } from '@tartware/kit/keys';
import { Pool } from 'undici';
import { proxy } from './proxy.ts';
import type { Target } from './proxy.ts';
import { UPSTREAMS, UpstreamSettings } from './upstreams.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Connections to one upstream, at most. */
const CONNECTIONS = 128;
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection stays with the pod it was opened to: after this long a new one gives new pods their share. */
const CONNECTION_AGE_MS = 60_000;

const Settings = Type.Object({
  ...UpstreamSettings.properties,
  REQUEST_DEADLINE_MS: milliseconds(10_000, 'an upstream may take to answer'),
});

export const gateway = defineService({
  name: 'api-gateway',
  settings: Settings,
  start({ settings, log }) {
    const tokens = new RemoteTokens({ jwksUrl: new URL('/.well-known/jwks.json', settings.CORE_URL).href, log });
    const routes = UPSTREAMS.map((upstream) => {
      const pool = new Pool(new URL(settings[upstream.setting]).origin, {
        connections: CONNECTIONS, clientTtl: CONNECTION_AGE_MS, connectTimeout: CONNECT_TIMEOUT_MS,
        // The deadline of the whole exchange takes the place of both.
        headersTimeout: 0, bodyTimeout: 0,
      });
      return { ...upstream, target: { name: upstream.name, pool, deadlineMs: settings.REQUEST_DEADLINE_MS }, pool };
    });
    return {
      async routes(app) {
        prepare(app);
        for (const { publicPrefixes = [], target } of routes) {
          publicPrefixes.forEach((prefix) => forward(app, prefix, target));
        }
        await app.register((scope, _options, done) => {
          requireToken(scope, tokens);
          for (const { prefixes, target } of routes) {
            prefixes.forEach((prefix) => forward(scope, prefix, target));
          }
          done();
        });
      },
      checks: [tokens.check],
      async close() {
        tokens.close();
        await Promise.all(routes.map(({ pool }) => pool.close()));
      },
    };
  },
});

function prepare(app: App): void {
  // Bodies are passed on, not parsed.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('onRequest', (request, _reply, done) => {
    done(hasDotSegment(request.raw.url ?? '/') ? new Problem({ status: 400, code: 'path_malformed', message: 'The path has dot segments.', hint: 'Send the path without "." and "..".' }) : undefined);
  });
}

function forward(app: App, prefix: string, target: Target): void {
  for (const url of [prefix, `${prefix}/*`]) {
    app.route({ method: METHODS, url, handler: (request, reply) => proxy(request, reply, target) });
  }
}

/** `/v1/auth/../properties` must not pass as public here and be something else behind: an upstream may resolve what we do not. */
function hasDotSegment(url: string): boolean {
  const [path = ''] = url.split('?', 1);
  return (path.includes('/.') || path.includes('%')) && /(?:^|\/|%2f|%5c|\\)(?:\.|%2e){1,2}(?:$|\/|%2f|%5c|\\)/i.test(path);
}
