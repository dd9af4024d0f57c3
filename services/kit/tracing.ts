/**
 * Spans of what this process does, for requests and events that the edge has chosen to trace (the sampled flag of their `traceparent`).
 * Off, nothing of OpenTelemetry is loaded and a span costs one comparison.
 */
import type { Logger } from './log.ts';
import { requestContext, runInContext } from './request-context.ts';

export type SpanKind = 'server' | 'client' | 'consumer';

export interface Span {
  /** W3C `traceparent` that makes what follows a child of this span. */
  traceparent: string;
  /** @param error undefined: it went well */
  end: (error?: unknown) => void;
}

export interface SpanOptions {
  kind: SpanKind;
  /** `traceparent` of the parent; of the request or event that is being worked on, unless told. */
  parent?: string | undefined;
  attributes?: Readonly<Record<string, string | number>>;
}

export interface Tracer {
  /** @param parent a `traceparent` that is sampled; undefined: a trace begins here */
  start: (name: string, parent: string | undefined, options: SpanOptions) => Span;
  /** Sends what waits. */
  close: () => Promise<void>;
}

let tracer: Tracer | undefined;

/** @param url base of an OTLP receiver over HTTP, such as `http://collector:4318`; empty: off */
export async function startTracing({ service, url, log }: { service: string; url: string; log: Logger }): Promise<{ close: () => Promise<void> }> {
  if (url === '') return { close: () => Promise.resolve() };
  const { createTracer } = await import('./tracing-otlp.ts');
  const mine = createTracer(service, url, log);
  tracer = mine;
  return {
    async close() {
      if (tracer === mine) tracer = undefined;
      await mine.close();
    },
  };
}

/** The last bit of the flags. */
const SAMPLED = /^00-[\da-f]{32}-[\da-f]{16}-[\da-f][13579bdf]$/;

/** @returns nothing when tracing is off or the parent is not sampled */
export function startSpan(name: string, options: SpanOptions): Span | undefined {
  if (!tracer) return undefined;
  const parent = options.parent ?? requestContext()?.traceparent;
  return parent !== undefined && SAMPLED.test(parent) ? tracer.start(name, parent, options) : undefined;
}

/** Begins a trace that was chosen to be recorded. @returns nothing when tracing is off */
export function startRootSpan(name: string, options: Omit<SpanOptions, 'parent'>): Span | undefined {
  return tracer?.start(name, undefined, options);
}

/** Works on something that is no request, such as an event, within its trace. */
export async function inTrace<Result>(name: string, id: string, options: SpanOptions, work: () => Promise<Result>): Promise<Result> {
  const span = startSpan(name, options);
  try {
    const result = await runInContext({ requestId: id, traceparent: span?.traceparent ?? options.parent }, work);
    span?.end();
    return result;
  } catch (error) {
    span?.end(error);
    throw error;
  }
}
