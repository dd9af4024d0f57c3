import pg from 'pg';
import { pino } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSession } from './loop-session.ts';
import { startJobs } from './loop.ts';
import type { Job, Running } from './loop.ts';
import { createMetrics } from './metrics.ts';
import { startPostgres } from './testing/postgres.ts';
import type { RunningPostgres } from './testing/postgres.ts';

const log = pino({ level: 'silent' });

let postgres: RunningPostgres;
let owner: pg.Client;
const open: (() => Promise<void>)[] = [];

/** One pod's jobs, with a connection of its own. */
function pod(jobs: Job[]): Running & { metrics: ReturnType<typeof createMetrics> } {
  const metrics = createMetrics();
  const session = createSession({ url: postgres.url, schema: 'trial', log });
  const running = startJobs({ session, jobs, metrics, log });
  const close = async (): Promise<void> => {
    await running.close();
    await session.close();
  };
  open.push(close);
  return { close, metrics };
}

async function breakSessions(): Promise<void> {
  await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trial-session'`);
}

beforeAll(async () => {
  postgres = await startPostgres();
  owner = new pg.Client({ connectionString: postgres.url });
  await owner.connect();
  await owner.query('create schema trial; create role trial_app; grant usage on schema trial to trial_app');
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

afterAll(async () => {
  await owner.end();
  await postgres.stop();
});

describe('periodic jobs', () => {
  it('run in one of several pods, and in another when that one closes', async () => {
    const runs: string[] = [];
    const job = (name: string): Job => ({ name: 'sweep', everyMs: 20, run: () => Promise.resolve(void runs.push(name)) });
    const first = pod([job('first')]);
    await vi.waitFor(() => expect(runs.length).toBeGreaterThan(2));
    pod([job('second')]);
    await sleep(200);
    expect(new Set(runs)).toEqual(new Set(['first']));
    await first.close();
    await vi.waitFor(() => expect(runs).toContain('second'));
  });

  it('are told to stop when the connection that holds their lock breaks, and come back', async () => {
    const signals: AbortSignal[] = [];
    pod([{ name: 'slow', everyMs: 10, run: (signal) => new Promise((resolve) => {
      signals.push(signal);
      signal.addEventListener('abort', () => resolve());
    }) }]);
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    await breakSessions();
    await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true));
    await vi.waitFor(() => expect(signals).toHaveLength(2));
    expect(signals[1]?.aborted).toBe(false);
  });

  it('run again after an error, which is counted', async () => {
    let runs = 0;
    const { metrics } = pod([{ name: 'fails', everyMs: 10, run: () => {
      runs += 1;
      return Promise.reject(new Error('not today'));
    } }]);
    await vi.waitFor(() => expect(runs).toBeGreaterThan(2));
    expect(await metrics.registry.metrics()).toMatch(/job_runs_total\{task="fails",outcome="failed"\} [2-9]/);
  });

  it('have ended when closing resolves', async () => {
    let running = false;
    const { close } = pod([{ name: 'long', everyMs: 10, run: async (signal) => {
      running = true;
      await sleep(5_000, undefined, { signal }).catch(() => sleep(50));
      running = false;
    } }]);
    await vi.waitFor(() => expect(running).toBe(true));
    await close();
    expect(running).toBe(false);
  });
});
