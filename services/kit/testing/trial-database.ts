/** A real database with a schema `trial`, migrated as a service's is: what the kit's own tests work on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { createDatabase } from '../database.ts';
import type { Database } from '../database.ts';
import { createMetrics } from '../metrics.ts';
import type { Metrics } from '../metrics.ts';
import { migrate } from '../migrations.ts';
import { startPostgres } from './postgres.ts';

export interface TrialDatabase {
  /** The owner's connection string. */
  url: string;
  database: Database;
  metrics: Metrics;
  /** Another pool on the same schema, as a second pod has; closed by `stop`. */
  another: (poolMax?: number) => Database;
  /** Connects as the owner and sees all rows: the owner here is a superuser. */
  asOwner: <Result>(work: (client: pg.Client) => Promise<Result>) => Promise<Result>;
  stop: () => Promise<void>;
}

/** @param sql a migration of the trial's own: tables, policies, grants to `trial_app` */
export async function startTrialDatabase(sql = '', poolMax = 10): Promise<TrialDatabase> {
  const log = pino({ level: 'silent' });
  const postgres = await startPostgres();
  const dir = await mkdtemp(join(tmpdir(), 'tartware-trial-'));
  await writeFile(join(dir, '0001_trial.sql'), `-- Up Migration\n${sql}\n-- Down Migration\n`);
  await migrate({ url: postgres.url, schema: 'trial', dir, log });
  const metrics = createMetrics();
  const opened: Database[] = [];
  const open = (max: number, to = createMetrics()): Database => {
    const made = createDatabase({ url: postgres.url, schema: 'trial', poolMax: max, metrics: to, log });
    opened.push(made);
    return made;
  };
  return {
    url: postgres.url,
    database: open(poolMax, metrics),
    metrics,
    another: (max = poolMax) => open(max),
    async asOwner(work) {
      const client = new pg.Client({ connectionString: postgres.url, options: '-c search_path=trial' });
      await client.connect();
      return work(client).finally(() => client.end());
    },
    async stop() {
      await Promise.all(opened.map((one) => one.close()));
      await postgres.stop();
      await rm(dir, { recursive: true });
    },
  };
}
