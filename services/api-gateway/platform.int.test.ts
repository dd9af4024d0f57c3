/** The gateway before real services as processes: signing in, one request id, descriptions, restarts under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenApiDocument } from '@tartware/kit/openapi';
import { problemsOfOpenApi } from '../kit/testing/openapi.ts';
import { DEMO, startPlatform } from '../tests/platform.ts';
import type { Platform, ServiceName } from '../tests/platform.ts';

const STARTED = ['core', 'rooms', 'guests', 'settings', 'api-gateway'] as const;
/** Two processes may share a port: the next one is there before the last one goes, as in a rolling update. */
const ROLLING = { REUSE_PORT: 'true', SHUTDOWN_GRACE_MS: '2000' };

let platform: Platform;
let gateway: string;

beforeAll(async () => {
  platform = await startPlatform(STARTED, { programs: true, env: { 'rooms': ROLLING, 'api-gateway': ROLLING } });
  gateway = platform.urls['api-gateway'];
});

afterAll(() => platform.stop());

async function signIn(): Promise<{ status: number; token: string }> {
  const response = await fetch(`${gateway}/v1/auth/sign-in`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'operator@demo.tartware.example', password: 'demo-password' }),
  });
  return { status: response.status, token: ((await response.json()) as { access_token: string }).access_token };
}

async function metricsOf(name: ServiceName): Promise<string> {
  return (await fetch(`${platform.opsUrls[name]}/metrics`)).text();
}

describe('services behind the gateway', () => {
  it('are ready, each with the metrics that alerts and autoscalers use', async () => {
    for (const name of STARTED) {
      await expect.poll(async () => (await fetch(`${platform.opsUrls[name]}/health/ready`)).status, { timeout: 5_000, message: name }).toBe(200);
      await fetch(`${platform.urls[name]}/v1/nothing`);
      const text = await metricsOf(name);
      expect(text, name).toContain('http_requests_total{method="GET",route="unmatched",status_code="404"} 1');
      expect(text, name).toMatch(/http_request_duration_seconds_bucket\{le="0.9",.*\} 1/);
    }
  });

  it('sign in and list properties under one request id', async () => {
    const { status, token } = await signIn();
    expect(status).toBe(200);
    const response = await fetch(`${gateway}/v1/properties?limit=1`, { headers: { authorization: `Bearer ${token}`, 'x-request-id': 'trace-me', 'tartware-tenant': 'evil' } });
    expect([response.status, response.headers.get('x-request-id')]).toEqual([200, 'trace-me']);
    expect(((await response.json()) as { items: unknown[] }).items).toHaveLength(1);
    expect(await metricsOf('api-gateway')).toContain('http_requests_total{method="GET",route="/v1/properties",status_code="200"} 1');
    expect(await metricsOf('core')).toContain('http_requests_total{method="GET",route="/v1/properties",status_code="200"} 1');
  });

  it.each(['/internal/properties/1', '/internal/openapi.json', '/openapi.json', '/.well-known/jwks.json'])('do not show %s', async (path) => {
    const { token } = await signIn();
    expect((await fetch(gateway + path, { headers: { authorization: `Bearer ${token}` } })).status).toBe(404);
  });

  it('are described in one valid OpenAPI 3.1 document, which names those that are away', async () => {
    const response = await fetch(`${gateway}/v1/openapi.json`);
    const document = (await response.json()) as OpenApiDocument & { 'x-tartware-incomplete': { service: string; reason: string }[] };
    expect(await problemsOfOpenApi(document)).toEqual([]);
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/v1/rooms', '/v1/availability', '/v1/guests', '/v1/settings']));
    expect(Object.keys(document.paths).filter((path) => !path.startsWith('/v1/'))).toEqual([]);
    expect(document['x-tartware-incomplete'].map(({ service }) => service)).toEqual(expect.arrayContaining(['billing', 'command-center', 'housekeeping', 'reservations']));
    expect(document['x-tartware-incomplete'].map(({ service }) => service)).not.toContain('rooms');
  });

  it('that are away answer 503 while the gateway stays ready with the keys it has', async () => {
    const { token } = await signIn();
    const ask = (path: string): Promise<number> => fetch(gateway + path, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);
    await platform.end('core', 'killed');
    expect([await ask('/v1/properties'), await ask(`/v1/guests?property_id=${DEMO.propertyId}`)]).toEqual([503, 200]);
    expect((await fetch(`${platform.opsUrls['api-gateway']}/health/ready`)).status).toBe(200);
    await platform.start('core');
    expect(await ask('/v1/properties')).toBe(200);
  });
});

/** Asks without a pause from several sides, with reads and writes, until told to stop. */
function load(token: string): { stop: () => Promise<Map<string, number>> } {
  const seen = new Map<string, number>();
  let stopped = false;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const ask = async (init: RequestInit): Promise<void> => {
    while (!stopped) {
      const what = await fetch(`${gateway}/v1/room-types?property_id=${DEMO.propertyId}`, { ...init, headers })
        .then(async (response) => response.arrayBuffer().then(() => `${init.method} ${response.status}`), (error: unknown) => `${init.method} ${String(error)} ${String((error as Error).cause)}`);
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  };
  // A write that the service refuses is one that it has read and answered.
  const all = Promise.all([...Array.from({ length: 4 }, () => ask({ method: 'GET' })), ...Array.from({ length: 2 }, () => ask({ method: 'POST', body: '{}' }))]);
  return {
    async stop() {
      stopped = true;
      await all;
      return seen;
    },
  };
}

describe('a rolling restart under load', () => {
  it.each(['rooms', 'api-gateway'] as const)('of %s fails no request', async (name) => {
    await platform.end(name);
    const first = await platform.start(name);
    const { token } = await signIn();
    const running = load(token);
    await sleep(500);
    await platform.start(name);
    await first.close();
    await sleep(500);
    const seen = await running.stop();
    expect([...seen.keys()].sort()).toEqual(['GET 200', 'POST 400']);
    expect(seen.get('GET 200')).toBeGreaterThan(100);
  }, 60_000);
});
