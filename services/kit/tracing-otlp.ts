/** OpenTelemetry behind `tracing.ts`: batches of spans as OTLP over HTTP. Loaded only when there is somewhere to send them. */
import { ROOT_CONTEXT, SpanKind as Kind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from './log.ts';
import type { SpanKind, Tracer } from './tracing.ts';

const KINDS: Readonly<Record<SpanKind, Kind>> = { server: Kind.SERVER, client: Kind.CLIENT, consumer: Kind.CONSUMER };
const BATCH_EVERY_MS = 1_000;

export function createTracer(service: string, url: string, log: Logger): Tracer {
  const exporter = new OTLPTraceExporter({ url: `${url.replace(/\/$/, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'tartware' }),
    // What reaches it was chosen at the edge.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: BATCH_EVERY_MS })],
  });
  const tracer = provider.getTracer('@tartware/kit');
  return {
    start(name, parent, { kind, attributes = {} }) {
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, contextOf(parent));
      const { traceId, spanId } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-01`,
        end(error) {
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
          span.end();
        },
      };
    },
    close: () => provider.shutdown().catch((err: unknown) => log.warn({ reason: String(err) }, 'the last spans could not be sent')),
  };
}

function contextOf(parent: string | undefined): Context {
  const [, traceId = '', spanId = ''] = parent?.split('-') ?? [];
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}
