/** What belongs to the request being worked on and goes along wherever it leads: into calls of other services and into events. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';

export const DEADLINE_HEADER = 'tartware-deadline-ms';

export interface RequestContext {
  requestId: string;
  /** W3C `traceparent`. */
  traceparent?: string | undefined;
  /** When nobody waits for the answer any more, as `performance.now()` counts. */
  deadline?: number | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Undefined outside of a request. */
export function requestContext(): RequestContext | undefined {
  return storage.getStore();
}

/** For what is no request, such as an event that is handled. */
export function runInContext<Result>(context: RequestContext, work: () => Result): Result {
  return storage.run(context, work);
}

/** `00-<trace id>-<span id>-<flags>`; what looks otherwise is not passed on. */
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/**
 * Every route of `scope` then has a context.
 * @param onTrace begins a span of the request; answers with the `traceparent` that what follows belongs to
 */
export function keepRequestContext(scope: App, onTrace?: (request: FastifyRequest, given: string | undefined) => string | undefined): void {
  scope.addHook('onRequest', (request, _reply, done) => {
    const { traceparent, [DEADLINE_HEADER]: deadline } = request.headers;
    const given = typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined;
    storage.run({
      requestId: request.id,
      traceparent: onTrace?.(request, given) ?? given,
      deadline: typeof deadline === 'string' && /^\d{1,9}$/.test(deadline) ? performance.now() + Number(deadline) : undefined,
    }, done);
  });
}
