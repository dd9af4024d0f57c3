/** A span for each request whose `traceparent` is sampled, from its head to the end of its answer. */
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { keepRequestContext } from './request-context.ts';
import { startSpan } from './tracing.ts';
import type { Span } from './tracing.ts';

/** As `keepRequestContext`, with spans. */
export function traceRequests(scope: App): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  keepRequestContext(scope, (request, given) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const span = startSpan(`${request.method} ${route}`, {
      kind: 'server', parent: given, attributes: { 'http.request.method': request.method, 'http.route': route, 'tartware.request_id': request.id },
    });
    if (span) spans.set(request, span);
    return span?.traceparent;
  });
  scope.addHook('onResponse', (request, reply, done) => {
    spans.get(request)?.end(reply.statusCode >= 500 ? `answered ${reply.statusCode}` : undefined);
    done();
  });
}
