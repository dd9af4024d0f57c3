/** ClickHouse as analytics uses it: tables made when first needed, and every question about one tenant. */
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { unavailable } from '@tartware/kit';
import type { ReadinessCheck } from '@tartware/kit';
import { TABLES, replicated } from './tables.ts';
import type { Rows } from './tables.ts';

export interface Analytics {
  /** The same rows again change nothing. @throws Problem 503 while ClickHouse is away; ClickHouseError when it refuses the rows */
  insert: (rows: Rows) => Promise<void>;
  /**
   * @param text reads its tables by `ofTenant`, and binds `params` as `{name:Type}`
   * @throws Problem 503 while ClickHouse is away
   */
  query: <Row>(tenantId: string, text: string, params: Readonly<Record<string, unknown>>) => Promise<Row[]>;
  check: ReadinessCheck;
  close: () => Promise<void>;
}

const REQUEST_TIMEOUT_MS = 20_000;

/** The only way to a table: the rows of one tenant, each once however often it was inserted, and of versions the newest. */
export function ofTenant(table: keyof Rows): string {
  return `(select * from ${table} final where tenant_id = {tenant:UUID})`;
}

/** @param url such as `http://user:password@clickhouse:8123/database` */
export function createAnalytics(url: string): Analytics {
  const client = createClient({
    url, request_timeout: REQUEST_TIMEOUT_MS, log: { level: ClickHouseLogLevel.OFF },
    // Kafka may deliver a date-time as ISO 8601 has it; 64-bit numbers here stay far below 2^53.
    clickhouse_settings: { date_time_input_format: 'best_effort', output_format_json_quote_64bit_integers: 0 },
  });
  let prepared: Promise<void> | undefined;

  async function prepare(): Promise<void> {
    const databases = await client.query({ query: 'select engine from system.databases where name = currentDatabase()', format: 'JSONEachRow' });
    const [database] = await databases.json<{ engine: string }>();
    for (const query of Object.values(TABLES)) await client.command({ query: database?.engine === 'Replicated' ? replicated(query) : query });
  }

  /** ClickHouse's own refusals are thrown as they are; everything else is that it cannot be reached. */
  async function reach<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      prepared ??= prepare();
      await prepared;
      return await ask();
    } catch (error) {
      if (error instanceof ClickHouseError) throw error;
      throw unavailable('clickhouse_unavailable', 'The analytics store cannot be reached.', error);
    }
  }

  /** A failed try is tried again by the next. */
  const prepareAgain = (error: unknown): never => {
    prepared = undefined;
    throw error;
  };

  return {
    async insert(rows) {
      const filled = Object.entries(rows).filter(([, values]) => values.length > 0);
      await reach(() => Promise.all(filled.map(([table, values]) => client.insert({ table, values, format: 'JSONEachRow' })))).catch(prepareAgain);
    },
    query: (tenantId, text, params) => reach(async () => {
      const result = await client.query({ query: text, query_params: { ...params, tenant: tenantId }, format: 'JSONEachRow' });
      return result.json<never>();
    }).catch(prepareAgain),
    check: {
      name: 'clickhouse',
      optional: true,
      async check() {
        const pong = await client.ping();
        if (!pong.success) throw pong.error;
      },
    },
    close: () => client.close(),
  };
}
