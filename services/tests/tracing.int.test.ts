/** One request is one trace: from the gateway through the services that work on it to their statements in PostgreSQL. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';

interface Span {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}

interface Batch {
  resourceSpans: { resource: { attributes: { key: string; value: { stringValue?: string } }[] }; scopeSpans: { spans: Omit<Span, 'service'>[] }[] }[];
}

const spans: Span[] = [];
/** What an OTLP collector does, as far as a test needs it. */
const collector: Server = createServer((request, response) => {
  void json(request).then((body) => {
    for (const { resource, scopeSpans } of (body as Batch).resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))));
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
});

let platform: Platform;
let desk: Api;

beforeAll(async () => {
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const OTLP_URL = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const services = ['core', 'guests', 'settings', 'api-gateway'] as const;
  platform = await startPlatform(services, { programs: true, env: Object.fromEntries(services.map((name) => [name, { OTLP_URL, TRACE_SAMPLE_RATIO: '1' }])) });
  desk = platform.api(DEMO, 'operator');
});

afterAll(async () => {
  await platform.stop();
  collector.close();
});

/** From a span up to the one that has nothing above it, as `service: name`. */
function way(from: Span | undefined): string[] {
  const steps: string[] = [];
  for (let span = from; span; span = spans.find(({ traceId, spanId }) => traceId === span?.traceId && spanId === span.parentSpanId)) {
    steps.unshift(`${span.service}: ${span.name}`);
  }
  return steps;
}

const received = (service: string, name: string): Span | undefined => spans.findLast((span) => span.service === service && span.name === name);
const PATIENCE = { timeout: 15_000, interval: 100 };

describe('a traced request', () => {
  it('is followed from the gateway to the statement that keeps it', async () => {
    expect((await desk.post('/v1/guests', { last_name: 'Spur' })).status).toBe(201);
    await expect.poll(() => way(received('guests', 'guests.insert')), PATIENCE).toEqual(['api-gateway: POST /v1/guests', 'guests: POST /v1/guests', 'guests: guests.insert']);
  });

  it('is followed through a service that calls another', async () => {
    const answer = await desk.put(`/v1/settings/reservations.check_in_time?property_id=${DEMO.propertyId}`, { value: '14:00' }, { version: 0 });
    expect(answer.status).toBe(200);
    await expect.poll(() => way(received('core', 'properties.get')), PATIENCE).toEqual(['api-gateway: PUT /v1/settings/*', 'settings: PUT /v1/settings/:key', 'core: GET /internal/properties/:id', 'core: properties.get']);
  });

  it('belongs to the client\'s own trace when there is one', async () => {
    const traceId = 'c0ffee'.padStart(32, '1');
    expect((await desk.get('/v1/guests', { headers: { traceparent: `00-${traceId}-00000000000000aa-01` } })).status).toBe(200);
    await expect.poll(() => received('api-gateway', 'GET /v1/guests')?.parentSpanId, PATIENCE).toBe('00000000000000aa');
    await expect.poll(() => spans.filter((span) => span.traceId === traceId).map(({ service }) => service), PATIENCE).toEqual(expect.arrayContaining(['api-gateway', 'guests']));
  });
});
