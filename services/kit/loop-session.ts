/**
 * One connection of its own to the service's schema, beside the pool, for what lasts: advisory locks and LISTEN.
 *
 * A lock lives as long as the connection does. Whoever works under a lock and writes on the same session can therefore never write after
 * another process has taken the lock over. It needs a session: behind PgBouncer in transaction mode DATABASE_SESSION_URL names the database itself.
 */
import pg from 'pg';
import type { QueryResultRow } from 'pg';
import { appRole } from './database.ts';
import type { Logger } from './log.ts';

export interface SessionLock {
  /** Aborted when the connection is lost, and the lock with it. */
  signal: AbortSignal;
  release: () => Promise<void>;
}

export interface Session {
  /** Connects when needed. @throws what pg throws; the connection is then dropped unless the error is the statement's own */
  query: <Row extends QueryResultRow>(statement: { name: string; text: string }, values?: readonly unknown[]) => Promise<Row[]>;
  /** @returns nothing when another session holds it; @throws when there is no connection */
  tryLock: (name: string) => Promise<SessionLock | undefined>;
  /** From the next connection on, `heard` is called for each notification of the channel, and once for each new connection. */
  listen: (channel: string, heard: () => void) => void;
  close: () => Promise<void>;
}

export interface SessionOptions {
  /** Connection string. */
  url: string;
  schema: string;
  log: Logger;
}

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * The locks of a process that died must go to others soon: the server looks for its end also while a statement of it waits, and notices
 * within half a minute that a machine vanished without a word.
 */
const KEEPALIVE = '-c client_connection_check_interval=1000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

export function createSession({ url, schema, log }: SessionOptions): Session {
  const listeners = new Map<string, () => void>();
  const held = new Set<AbortController>();
  let current: Promise<pg.Client> | undefined;
  let closed = false;
  const inTurn = createTurns();

  function connected(): Promise<pg.Client> {
    if (closed) return Promise.reject(new Error('The session is closed.'));
    if (current) return current;
    const client = newClient(url, schema);
    const opening = open(client, listeners).catch((error: unknown) => {
      drop();
      throw error;
    });
    function drop(err?: unknown): void {
      // The end of an earlier connection says nothing about the locks of this one.
      if (current !== opening) return;
      current = undefined;
      for (const controller of held) controller.abort(new Error('The connection that held the lock was lost.'));
      held.clear();
      client.end().catch(() => undefined);
      if (err !== undefined && !closed) log.warn({ err, schema }, 'the session for locks and notifications broke');
    }
    client.on('error', drop);
    client.on('end', () => drop());
    current = opening;
    return opening;
  }

  function query<Row extends QueryResultRow>(statement: { name: string; text: string }, values: readonly unknown[] = []): Promise<Row[]> {
    return inTurn(async () => {
      const client = await connected();
      try {
        return (await client.query<Row>({ ...statement, values: [...values] })).rows;
      } catch (error) {
        // Without an SQLSTATE the answer never came: whatever the connection does next is not to be trusted.
        if (!(error instanceof pg.DatabaseError)) client.emit('error', error);
        throw error;
      }
    });
  }

  async function tryLock(name: string): Promise<SessionLock | undefined> {
    const values = [`tartware:${schema}`, name];
    const [row] = await query<{ locked: boolean }>(LOCK, values);
    if (row?.locked !== true) return undefined;
    const controller = new AbortController();
    held.add(controller);
    // A lost lock is not given back: by now it may be another session's, or this one's again.
    const release = async (): Promise<void> => void (held.delete(controller) && (await query(UNLOCK, values).catch(() => undefined)));
    return { signal: controller.signal, release };
  }

  return {
    query,
    tryLock,
    listen: (channel, heard) => void listeners.set(channel, heard),
    async close() {
      closed = true;
      const client = await current?.catch(() => undefined);
      await client?.end();
    },
  };
}

/** One after the other: jobs and locks meet on one connection, and the driver takes no second statement before the first is answered. */
function createTurns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let turn: Promise<unknown> = Promise.resolve();
  return (work) => {
    const answer = turn.then(work);
    turn = answer.catch(() => undefined);
    return answer;
  };
}

function newClient(url: string, schema: string): pg.Client {
  return new pg.Client({
    connectionString: url,
    application_name: `${schema}-session`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 2_000,
    keepAlive: true,
    options: `-c role=${appRole(schema)} -c search_path=${schema} -c app.relay=on ${KEEPALIVE}`,
  });
}

async function open(client: pg.Client, listeners: ReadonlyMap<string, () => void>): Promise<pg.Client> {
  client.on('notification', ({ channel }) => listeners.get(channel)?.());
  await client.connect();
  for (const [channel, heard] of listeners) {
    await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    // What was told while nobody listened is caught up with.
    heard();
  }
  return client;
}

const LOCK = { name: 'session.lock', text: 'select pg_try_advisory_lock(hashtext($1), hashtext($2)) as locked' };
const UNLOCK = { name: 'session.unlock', text: 'select pg_advisory_unlock(hashtext($1), hashtext($2))' };
