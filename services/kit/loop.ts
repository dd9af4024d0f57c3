/** Periodic jobs of a service: of all its pods one runs each job. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge } from 'prom-client';
import type { Logger } from './log.ts';
import type { Session, SessionLock } from './loop-session.ts';
import type { Metrics } from './metrics.ts';

export interface Job {
  /** Unique in its service. */
  name: string;
  /** From the end of one run to the start of the next, give or take a tenth. */
  everyMs: number;
  /**
   * Must stand being ended at any point and run again. `signal` is aborted when the service closes or another pod may have taken over.
   * An error is logged and counted; the next run comes as usual.
   */
  run: (signal: AbortSignal) => Promise<void>;
}

export interface JobsOptions {
  session: Session;
  jobs: readonly Job[];
  metrics: Metrics;
  log: Logger;
}

export interface Running {
  /** Lets what runs end, and resolves then. */
  close: () => Promise<void>;
}

const JITTER = 0.1;

/** Whoever gets a job's advisory lock keeps the job until its process or its connection ends; the other pods ask for it as often as it runs. */
export function startJobs({ session, jobs, metrics, log }: JobsOptions): Running {
  const stop = new AbortController();
  const measures = createMeasures(metrics);
  const loops = jobs.map((job) => repeat(job, stop.signal, { session, log, measures }));
  return {
    async close() {
      stop.abort(new Error('The service is closing.'));
      await Promise.all(loops);
    },
  };
}

/** The label is not called `job`: Prometheus gives each series one of that name, for where it was scraped, and would rename this one. */
interface Measures {
  runs: Counter<'task' | 'outcome'>;
  lastSuccess: Gauge<'task'>;
}

function createMeasures({ registry }: Metrics): Measures {
  const registers = [registry];
  return {
    runs: new Counter({ name: 'job_runs_total', help: 'Runs of periodic jobs in this pod.', labelNames: ['task', 'outcome'], registers }),
    lastSuccess: new Gauge({ name: 'job_last_success_timestamp_seconds', help: 'When a job last ended well in this pod.', labelNames: ['task'], registers }),
  };
}

interface Surroundings {
  session: Session;
  log: Logger;
  measures: Measures;
}

async function repeat(job: Job, stopped: AbortSignal, { session, log, measures }: Surroundings): Promise<void> {
  let lock: SessionLock | undefined;
  while (!stopped.aborted) {
    try {
      lock = lock?.signal.aborted === false ? lock : await session.tryLock(`job:${job.name}`);
      if (lock) {
        await job.run(AbortSignal.any([stopped, lock.signal]));
        measures.runs.inc({ task: job.name, outcome: 'done' });
        measures.lastSuccess.setToCurrentTime({ task: job.name });
      }
    } catch (err) {
      if (!stopped.aborted) {
        measures.runs.inc({ task: job.name, outcome: 'failed' });
        log.error({ err, job: job.name }, 'a periodic job failed; it runs again as usual');
      }
    }
    await pause(job.everyMs * (1 + JITTER * (2 * Math.random() - 1)), stopped);
  }
  await lock?.release();
}

/** Returns early, without an error, when `signal` is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
