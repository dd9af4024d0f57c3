import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestKey, freePort, runProgram, serveProgram, startPostgres } from '@tartware/kit/testing';
import type { RunningPostgres, ServingProgram } from '@tartware/kit/testing';

const OTHERS = ['reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command-center'];

let postgres: RunningPostgres;
let corePort: number;
let coreEnv: NodeJS.ProcessEnv;
let gateway: ServingProgram;
let core: ServingProgram;
const services = new Map<string, ServingProgram>();

const mainOf = (service: string) => fileURLToPath(new URL(`../${service}/main.ts`, import.meta.url));

async function signIn(): Promise<{ status: number; token: string }> {
  const response = await fetch(`${gateway.url}/v1/auth/sign-in`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'operator@demo.tartware.example', password: 'demo-password' }),
  });
  return { status: response.status, token: ((await response.json()) as { access_token: string }).access_token };
}

async function metricsOf({ opsUrl }: ServingProgram): Promise<string> {
  return (await fetch(`${opsUrl}/metrics`)).text();
}

beforeAll(async () => {
  [postgres, corePort] = await Promise.all([startPostgres(), freePort()]);
  coreEnv = { PORT: String(corePort), SHUTDOWN_GRACE_MS: '200', DATABASE_URL: postgres.url, TOKEN_SIGNING_KEY: createTestKey('unused').pem };
  expect(await runProgram(mainOf('core'), ['migrate'], { DATABASE_URL: postgres.url, SEED_DEMO: 'true' }).exit).toBe(0);
  for (const name of OTHERS) {
    services.set(name, await serveProgram(mainOf(name), { SHUTDOWN_GRACE_MS: '200' }));
  }
  const urls = [...services].map(([name, { url }]) => [`${name.toUpperCase().replaceAll('-', '_')}_URL`, url]);
  gateway = await serveProgram(mainOf('api-gateway'), { SHUTDOWN_GRACE_MS: '200', CORE_URL: `http://127.0.0.1:${corePort}`, ...Object.fromEntries(urls) });
  core = await serveProgram(mainOf('core'), coreEnv);
  services.set('core', core).set('api-gateway', gateway);
});

afterAll(async () => {
  for (const { child } of services.values()) {
    child.kill('SIGTERM');
  }
  expect(await Promise.all([...services.values()].map(({ exit }) => exit))).toEqual([...services].map(() => 0));
  await postgres.stop();
});

describe('nine services as processes', () => {
  it('become ready, each with its metrics', async () => {
    for (const [name, { opsUrl, url }] of services) {
      await expect.poll(async () => (await fetch(`${opsUrl}/health/ready`)).status, { timeout: 5_000, message: name }).toBe(200);
      await fetch(`${url}/v1/nothing`);
      const text = await metricsOf(services.get(name) ?? gateway);
      expect(text, name).toContain('http_requests_total{method="GET",route="unmatched",status_code="404"} 1');
      expect(text, name).toMatch(/http_request_duration_seconds_bucket\{le="0.9",.*\} 1/);
    }
    const text = await metricsOf(core);
    expect(['db_pool_active', 'db_pool_idle', 'db_pool_waiting', 'db_pool_max', 'db_query_duration_seconds_count'].filter((metric) => !text.includes(metric))).toEqual([]);
  });

  it('sign in and list properties through the gateway, under one request id', async () => {
    const { status, token } = await signIn();
    expect(status).toBe(200);
    const response = await fetch(`${gateway.url}/v1/properties?limit=3`, { headers: { authorization: `Bearer ${token}`, 'x-request-id': 'trace-me', 'x-tenant-id': 'evil' } });
    expect([response.status, response.headers.get('x-request-id')]).toEqual([200, 'trace-me']);
    expect(((await response.json()) as { items: unknown[] }).items).toHaveLength(3);
    expect(await metricsOf(gateway)).toContain('http_requests_total{method="GET",route="/v1/properties",status_code="200"} 1');
    expect(await metricsOf(core)).toContain('http_requests_total{method="GET",route="/v1/properties",status_code="200"} 1');
  });

  it('reach every service by its prefix', async () => {
    const { token } = await signIn();
    for (const prefix of ['reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'commands']) {
      const response = await fetch(`${gateway.url}/v1/${prefix}/x`, { headers: { authorization: `Bearer ${token}` } });
      expect([prefix, response.status, ((await response.json()) as { code: string }).code]).toEqual([prefix, 404, 'route_not_found']);
    }
  });

  it('while Core is down the gateway stays ready with the keys it has and answers 503 for Core; then all is well again', async () => {
    const { token } = await signIn();
    const ask = (prefix: string) => fetch(`${gateway.url}/v1/${prefix}`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);
    core.child.kill('SIGKILL');
    await core.exit;
    expect([await ask('properties'), await ask('rooms')]).toEqual([503, 404]);
    expect((await fetch(`${gateway.opsUrl}/health/ready`)).status).toBe(200);
    core = await serveProgram(mainOf('core'), coreEnv);
    services.set('core', core);
    expect(await ask('properties')).toBe(200);
  });
});
