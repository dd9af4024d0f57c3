import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTestKey, runProgram, serveProgram, startPostgres } from '@tartware/kit/testing';
import type { RunningPostgres, ServingProgram } from '@tartware/kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outputOf } from './process.ts';
import { locustPython, pythonWith } from './python-environment.ts';

const OTHERS = ['RESERVATIONS', 'BILLING', 'GUESTS', 'ROOMS', 'SETTINGS', 'HOUSEKEEPING', 'COMMAND_CENTER'];
const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const mainOf = (service: string) => fileURLToPath(new URL(`../services/${ service }/main.ts`, import.meta.url));

let folder: string;
let postgres: RunningPostgres;
let core: ServingProgram;
let gateway: ServingProgram;

async function startGateway(): Promise<ServingProgram> {
  return serveProgram(mainOf('api-gateway'), { CORE_URL: core.url, SHUTDOWN_GRACE_MS: '200', ...Object.fromEntries(OTHERS.map((name) => [`${ name }_URL`, core.url])) });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tartware-run-'));
  [postgres] = await Promise.all([startPostgres(), locustPython(console.log)]);
  expect(await runProgram(mainOf('core'), ['migrate'], { DATABASE_URL: postgres.url, SEED_DEMO: 'true' }).exit).toBe(0);
  core = await serveProgram(mainOf('core'), { DATABASE_URL: postgres.url, TOKEN_SIGNING_KEY: createTestKey('unused').pem, SHUTDOWN_GRACE_MS: '200' });
  gateway = await startGateway();
});

afterAll(async () => {
  for (const { child } of [gateway, core]) child.kill('SIGTERM');
  await Promise.all([gateway.exit, core.exit]);
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Until this many requests more have come through: how long a run takes to begin depends on the machine. */
async function untilLoaded(requests: number): Promise<void> {
  const before = await requestCount();

  await expect.poll(async () => (await requestCount()) - before, { timeout: 60_000, interval: 100 }).toBeGreaterThan(requests);
}

async function requestCount(): Promise<number> {
  const metrics = await (await fetch(`${ gateway.opsUrl }/metrics`)).text();

  return [...metrics.matchAll(/^http_requests_total\{.*route="\/v1\/properties.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

interface Written {
  judgement: { result: string; reasons: string[]; requests: number; errors: number; response: { p95: number; p99: number }; service: { p95: number } };
  generator: { dropped: number; errors: { error: string }[]; endpoints: { name: string }[] };
}

async function load(...args: string[]) {
  const json = join(folder, 'result.json');

  await rm(json, { force: true });
  const { code, text } = await outputOf(process.execPath, [RUN, '--url', gateway.url, '--json', json, ...args]);
  const written = await readFile(json, 'utf8').then((content) => JSON.parse(content) as Written, () => undefined);

  return { code, text, ...written };
}

describe('a load test of the real gateway', () => {
  it('makes every request of its schedule, without the warm-up, and passes', async () => {
    const { code, text, judgement, generator } = await load('--rps', '40', '--duration', '5', '--warmup', '3');

    expect(text).toContain('PASS');
    expect([code, judgement?.requests, judgement?.errors, generator?.dropped]).toEqual([0, 200, 0, 0]);
    expect(generator?.endpoints.map(({ name }) => name).sort()).toEqual(['GET /v1/properties', 'GET /v1/properties/{id}']);
  });

  it('loses no request to several processes', async () => {
    const { code, judgement } = await load('--rps', '60', '--duration', '5', '--warmup', '3', '--processes', '2');

    expect([code, judgement?.requests]).toEqual([0, 300]);
  });

  it('counts the time that a frozen gateway lets its users wait, also for requests that were not sent meanwhile', async () => {
    const running = load('--rps', '40', '--users', '10', '--duration', '8', '--warmup', '0');

    await untilLoaded(20);
    gateway.child.kill('SIGSTOP');
    await sleep(2_500);
    gateway.child.kill('SIGCONT');
    const { code, judgement } = await running;

    expect([judgement?.result, code, judgement?.requests]).toEqual(['fail', 1, 320]);
    // Ten users had one request each under way; ninety more were due. Only the time since they were due tells.
    expect(judgement?.response.p95).toBeGreaterThan(1_500);
    expect(judgement?.service.p95).toBeLessThan(1_000);
  });

  it('says nothing about the target when it could not offer the load', async () => {
    const { code, text, judgement } = await load('--rps', '3000', '--users', '1', '--duration', '3', '--warmup', '0');

    expect([judgement?.result, code]).toEqual(['inconclusive', 3]);
    expect(text).toMatch(/INCONCLUSIVE: only \d+(\.\d+)? % of the load was offered/);
  });

  it('fails when the gateway goes away, and counts the refusals', async () => {
    const running = load('--rps', '40', '--duration', '6', '--warmup', '0');

    await untilLoaded(20);
    gateway.child.kill('SIGKILL');
    const { code, judgement, generator } = await running;

    expect([judgement?.result, code]).toEqual(['fail', 1]);
    expect(generator?.errors.some(({ error }) => error.includes('refused'))).toBe(true);
    const unreachable = await load('--rps', '40', '--duration', '1');

    expect([unreachable.code, unreachable.judgement]).toEqual([2, undefined]);
    expect(unreachable.text).toMatch(/TARGET_UNREACHABLE: .*ECONNREFUSED.*\n {2}→ Start the sandbox/);
    gateway = await startGateway();
  });

  it('keeps what it has when it is stopped', async () => {
    const json = join(folder, 'stopped.json');
    const child = spawn(process.execPath, [RUN, '--url', gateway.url, '--rps', '20', '--duration', '60', '--warmup', '0', '--json', json], { stdio: 'ignore', detached: true });
    const ended = new Promise((resolve) => { child.once('exit', resolve); });

    await untilLoaded(20);
    // As Ctrl-C does: to the whole group.
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await ended).toBe(3);
    const { judgement } = JSON.parse(await readFile(json, 'utf8')) as Written;

    expect(judgement.requests).toBeGreaterThan(10);
  });
});

describe('the Python part', () => {
  it('is clean for ruff', async () => {
    const requirements = fileURLToPath(new URL('locust/requirements-dev.txt', import.meta.url));
    const ruff = join(dirname(await pythonWith(requirements, 'ruff', console.log)), 'ruff');
    const sources = dirname(requirements);
    const [check, format] = await Promise.all([outputOf(ruff, ['check', '--no-cache', sources]), outputOf(ruff, ['format', '--no-cache', '--check', sources])]);

    expect(check.code, check.text).toBe(0);
    expect(format.code, format.text).toBe(0);
  });
});
