/**
 * PostgreSQL for a service that owns a schema: a pool with metrics, statements that are prepared and measured, transactions with a tenant.
 *
 * Every connection acts as the schema's own role (`core_app` for schema `core`), which owns nothing and is subject to row level security.
 * It is set when the connection opens, so RESET ROLE falls back to it as well.
 */
import pg from 'pg';
import type { CustomTypesConfig, PoolClient, QueryResultRow } from 'pg';
import { Gauge, Histogram } from 'prom-client';
import { createBell } from './database-bell.ts';
import { createNameCheck } from './database-query.ts';
import { createRead, createTransactions } from './database-transaction.ts';
import { unavailable } from './errors.ts';
import type { ReadinessCheck } from './health.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { startSpan } from './tracing.ts';
import { DURATION_BUCKETS } from './metrics.ts';

/** A statement with a name, unique in its service: it labels `db_query_duration_seconds` and names the prepared statement. */
export interface Statement {
  /** Such as `properties.list`. */
  operation: string;
  text: string;
}

export interface Transaction {
  /**
   * A `date` comes as `YYYY-MM-DD`, a `bigint` as a number while that is exact (2^53) and as text beyond, `timestamptz` as a `Date`, `json` parsed.
   * Statements that are sent before others are answered, as by `Promise.all`, share a round trip and run in their order.
   * @param values for `$1`, `$2`, …
   */
  query: <Row extends QueryResultRow>(statement: Statement, values?: readonly unknown[]) => Promise<Row[]>;
  /** Runs `statement` within milliseconds after the commit, once for all transactions that want it then. It may get lost: with it only wake who looks by himself, too. */
  tellAfterCommit: (statement: Statement) => void;
}

/** Settings of one transaction that policies read with `current_setting`, such as `{ 'app.tenant_id': '…' }`. */
export type TransactionSettings = Readonly<Record<`app.${string}`, string>>;

export interface Database {
  /**
   * Runs `work` in a transaction that is committed when it resolves and rolled back when it throws.
   * @throws Problem 503 when no connection can be had; what `work` throws
   */
  transaction: <Result>(settings: TransactionSettings, work: (transaction: Transaction) => Promise<Result>) => Promise<Result>;
  /** As `transaction`, for one tenant: row level security shows and takes only its rows. */
  withTenant: <Result>(tenantId: string, work: (transaction: Transaction) => Promise<Result>) => Promise<Result>;
  /**
   * One statement of one tenant in one round trip, in a transaction of its own: half the cost of `withTenant`. For reading above all.
   * @throws Problem 503 when no connection can be had
   */
  read: <Row extends QueryResultRow>(tenantId: string, statement: Statement, values?: readonly unknown[]) => Promise<Row[]>;
  check: ReadinessCheck;
  close: () => Promise<void>;
}

export interface DatabaseOptions {
  /** Connection string. */
  url: string;
  /** Schema that the service owns; its role is `<schema>_app`. */
  schema: string;
  /** Connections at most. */
  poolMax: number;
  metrics: Metrics;
  log: Logger;
}

/** Waiting longer for a connection means that the database cannot keep up: the client had better hear it. */
const ACQUIRE_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;

const HEALTH: Statement = {
  operation: 'health.check',
  text: `select role.rolsuper or role.rolbypassrls as unrestricted, login.rolname as login,
    login.rolsuper or login.rolbypassrls
      or exists (select from pg_catalog.pg_namespace where nspname = $1 and pg_has_role(login.oid, nspowner, 'MEMBER')) as "loginUnrestricted"
    from pg_catalog.pg_roles role, pg_catalog.pg_roles login where role.rolname = current_user and login.rolname = session_user`,
};

interface Rights {
  unrestricted: boolean;
  login: string;
  loginUnrestricted: boolean;
}

export function appRole(schema: string): string {
  return `${schema}_app`;
}

export function createDatabase(options: DatabaseOptions): Database {
  const pool = createPool(options);
  const measure = createMeasure(options.metrics, pool, options.poolMax);

  async function connect(): Promise<PoolClient> {
    try {
      return await pool.connect();
    } catch (cause) {
      throw unavailable('database_unavailable', 'The database cannot be reached.', cause);
    }
  }

  const tell = createBell((statement) => measure(statement.operation, () => pool.query(statement.text)));
  const connections = { connect, measure, checkName: createNameCheck(), tell };
  const transaction = createTransactions(connections);
  const warnOfLogin = createLoginWarning(options);

  return {
    transaction,
    read: createRead(connections),
    withTenant: (tenantId, work) => transaction({ 'app.tenant_id': tenantId }, work),
    check: { name: 'database', check: () => measure(HEALTH.operation, async () => warnOfLogin(await checkDatabase(pool, options.schema))) },
    close: () => pool.end(),
  };
}

/** Dates are nights of a hotel, not moments: they stay text. Counts and money in minor units are numbers as long as a number is exact. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map([
  [pg.types.builtins.DATE, (text: string): unknown => text],
  [pg.types.builtins.INT8, (text: string): unknown => (Number.isSafeInteger(Number(text)) ? Number(text) : text)],
]);

const types: CustomTypesConfig = {
  getTypeParser: (oid, format) => (format === 'binary' ? undefined : PARSERS.get(oid)) ?? pg.types.getTypeParser(oid, format),
};

function createPool({ url, schema, poolMax, log }: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolMax,
    connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    application_name: schema,
    pipeline: true,
    types,
    options: `-c role=${appRole(schema)} -c search_path=${schema}`,
  });
  pool.on('error', (err) => {
    // A pool that ends has said goodbye already.
    if (!pool.ending) log.warn({ err }, 'an idle database connection broke');
  });
  // The pool listens to idle connections only: one that breaks between two statements of a transaction would end the process. Its next statement fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

type Measure = <Result>(operation: string, run: () => Promise<Result>) => Promise<Result>;

function createMeasure({ registry }: Metrics, pool: pg.Pool, poolMax: number): Measure {
  const gauges: [string, string, () => number][] = [
    ['db_pool_active', 'Connections in use.', () => pool.totalCount - pool.idleCount],
    ['db_pool_idle', 'Connections open and free.', () => pool.idleCount],
    ['db_pool_waiting', 'Callers waiting for a connection.', () => pool.waitingCount],
    ['db_pool_max', 'Connections that may be open.', () => poolMax],
  ];
  for (const [name, help, value] of gauges) {
    new Gauge({ name, help, registers: [registry], collect() { this.set(value()); } });
  }
  const duration = new Histogram({
    name: 'db_query_duration_seconds', help: 'Time a statement took, by its name.', labelNames: ['operation'], buckets: DURATION_BUCKETS, registers: [registry],
  });
  const children = new Map<string, Histogram.Internal<'operation'>>();
  return async (operation, run) => {
    const child = children.get(operation) ?? duration.labels(operation);
    children.set(operation, child);
    const span = startSpan(operation, { kind: 'client', attributes: DATABASE_SPAN });
    const start = performance.now();
    let failed: unknown;
    try {
      return await run();
    } catch (error) {
      failed = error;
      throw error;
    } finally {
      child.observe((performance.now() - start) / 1000);
      span?.end(failed);
    }
  };
}

const DATABASE_SPAN = { 'db.system.name': 'postgresql' };

/** Not `begin`: readiness asks only whether a connection can be had and is restricted as it must be. */
async function checkDatabase(pool: pg.Pool, schema: string): Promise<Rights> {
  const role = appRole(schema);
  const { rows: [rights] } = await pool.query<Rights>({ name: HEALTH.operation, text: HEALTH.text, values: [schema] }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = reason.includes(role) ? ' Run "node main.ts migrate" once.' : '';
    throw new Error(`${reason}.${hint}`, { cause });
  });
  if (rights?.unrestricted !== false) {
    throw new Error(`the role ${role} is not subject to row level security. Take SUPERUSER and BYPASSRLS from it.`);
  }
  return rights;
}

/** Once in a process's life: one login for `migrate` and `serve` works, but injected SQL could then become that login. */
function createLoginWarning({ schema, log }: DatabaseOptions): (rights: Rights) => void {
  let warned = false;
  return ({ login, loginUnrestricted }) => {
    if (loginUnrestricted && !warned) {
      warned = true;
      log.warn({ login, hint: `Serve with a login of its own that may only act as ${appRole(schema)}; services/README.md says how.` },
        'the database login is a superuser, bypasses row level security or owns the schema: SET ROLE NONE would lift row level security');
    }
  };
}
