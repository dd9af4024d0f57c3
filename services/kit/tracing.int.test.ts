import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from './app.ts';
import type { App } from './app.ts';
import { startConsumers } from './consumer.ts';
import type { RunningConsumers } from './consumer.ts';
import { createHealth } from './health.ts';
import { createSession } from './loop-session.ts';
import type { Session } from './loop-session.ts';
import { createMetrics } from './metrics.ts';
import { emit } from './outbox.ts';
import { startRelay } from './relay.ts';
import type { Relay } from './relay.ts';
import { startKafka } from './testing/kafka.ts';
import type { RunningKafka } from './testing/kafka.ts';
import { startTrialDatabase } from './testing/trial-database.ts';
import type { TrialDatabase } from './testing/trial-database.ts';
import { traceRequests } from './tracing-http.ts';
import { startSpan, startTracing } from './tracing.ts';

const TENANT = '0199aaaa-0000-7000-8000-00000000000a';
const NOTE = { operation: 'notes.insert', text: 'insert into notes (tenant_id, id) values (current_tenant(), $1)' };
const PATIENCE = { timeout: 30_000, interval: 100 };
const log = pino({ level: 'silent' });

interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  status?: { code?: number };
}

/** What an OTLP collector does, as far as a test needs it. */
const spans: ReceivedSpan[] = [];
const collector: Server = createServer((request, response) => {
  void json(request).then((body) => {
    const { resourceSpans } = body as { resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[] };
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    response.setHeader('content-type', 'application/json').end('{}');
  });
});

let trial: TrialDatabase;
let kafka: RunningKafka;
let session: Session;
let relay: Relay;
let consumers: RunningConsumers;
let app: App;
let tracing: { close: () => Promise<void> };

beforeAll(async () => {
  [trial, kafka] = await Promise.all([
    startTrialDatabase(`create table notes (tenant_id uuid not null, id uuid not null);
      alter table notes enable row level security, force row level security;
      create policy tenant on notes using (tenant_id = current_tenant());
      grant select, insert on notes to trial_app;`),
    startKafka(),
  ]);
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  session = createSession({ url: trial.url, schema: 'trial', log });
  relay = startRelay({ session, schema: 'trial', service: 'trial', brokers: kafka.brokers, metrics: createMetrics(), log });
  consumers = startConsumers({
    service: 'traced', database: trial.database, brokers: kafka.brokers, metrics: createMetrics(), log,
    consumers: [{ topics: ['trial'], handlers: { 'note.changed': { order: 'each', handle: async (transaction, { id }) => void await transaction.query(NOTE, [id]) } } }],
  });
  const metrics = createMetrics();
  app = createApp({ log, metrics, health: createHealth() });
  await app.register((scope, _options, done) => {
    traceRequests(scope);
    scope.post('/v1/notes/:id', async () => ({
      id: await trial.database.withTenant(TENANT, (transaction) => emit(transaction, { type: 'note.changed', aggregateId: TENANT, version: 1, data: {} })),
    }));
    scope.get('/v1/broken', async () => Promise.reject(new Error('broken')));
    done();
  });
});

afterAll(async () => {
  await tracing.close();
  await app.close();
  await Promise.all([consumers.close(), relay.close()]);
  await session.close();
  collector.close();
  await Promise.all([trial.stop(), kafka.stop()]);
});

const traceparent = (flags: string): { header: string; traceId: string } => {
  const traceId = crypto.randomUUID().replaceAll('-', '');
  return { traceId, header: `00-${traceId}-00f067aa0ba902b7-${flags}` };
};
const ofTrace = (traceId: string): ReceivedSpan[] => spans.filter((span) => span.traceId === traceId);

describe('tracing', () => {
  it('costs nothing and sends nothing while it is off', async () => {
    tracing = await startTracing({ service: 'trial', url: '', log });
    expect(startSpan('x', { kind: 'client', parent: traceparent('01').header })).toBeUndefined();
    expect((await app.inject({ method: 'POST', url: '/v1/notes/1', headers: { traceparent: traceparent('01').header } })).statusCode).toBe(200);
    tracing = await startTracing({ service: 'trial', url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`, log });
  });

  it('tells one story from the request to the database, and through Kafka to the consumer and its database', async () => {
    const { header, traceId } = traceparent('01');
    await app.inject({ method: 'POST', url: '/v1/notes/7', headers: { traceparent: header } });
    await vi.waitFor(() => expect(ofTrace(traceId).map(({ name }) => name)).toEqual(expect.arrayContaining(['POST /v1/notes/:id', 'outbox.emit', 'consume note.changed', 'notes.insert'])), PATIENCE);
    const byName = new Map(ofTrace(traceId).map((span) => [span.name, span]));
    const parentOf = (name: string): string | undefined => ofTrace(traceId).find(({ spanId }) => spanId === byName.get(name)?.parentSpanId)?.name;
    expect(byName.get('POST /v1/notes/:id')?.parentSpanId).toBe('00f067aa0ba902b7');
    expect(['outbox.emit', 'consume note.changed', 'notes.insert'].map(parentOf)).toEqual(['POST /v1/notes/:id', 'POST /v1/notes/:id', 'consume note.changed']);
  });

  it('marks what failed', async () => {
    const { header, traceId } = traceparent('01');
    await app.inject({ url: '/v1/broken', headers: { traceparent: header } });
    await vi.waitFor(() => expect(ofTrace(traceId)).toMatchObject([{ name: 'GET /v1/broken', status: { code: 2 } }]), PATIENCE);
  });

  it('leaves out what the edge did not choose, and what has no trace', async () => {
    const { header, traceId } = traceparent('00');
    const before = spans.length;
    await app.inject({ method: 'POST', url: '/v1/notes/8', headers: { traceparent: header } });
    await app.inject({ method: 'POST', url: '/v1/notes/9' });
    const marker = traceparent('01');
    await app.inject({ url: '/v1/broken', headers: { traceparent: marker.header } });
    await vi.waitFor(() => expect(ofTrace(marker.traceId)).toHaveLength(1), PATIENCE);
    expect(ofTrace(traceId)).toEqual([]);
    expect(spans.length).toBe(before + 1);
  });
});
