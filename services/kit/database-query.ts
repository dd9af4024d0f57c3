/**
 * How statements go to PostgreSQL: prepared once for each connection, and with what must be set for them in the same message.
 *
 * The statements of one message, up to its end (`Sync`), are one transaction for PostgreSQL, and a setting made for the transaction ends with it:
 * https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-PIPELINING. One row by its key, 8 connections, CPU µs of Node and of PostgreSQL
 * (Node 24, PostgreSQL 18, a shared machine of two cores, median of four):
 *   begin and set, statement, commit one after the other   92 + 107, three round trips
 *   the same three sent at once                            66 +  87, one round trip
 *   setting and statement in one message                   36 +  41, one round trip
 *   the statement alone, without a tenant                  29 +  28
 */
import pg from 'pg';
import type { PoolClient, QueryResultRow } from 'pg';
import type { Statement, TransactionSettings } from './database.ts';

/** Returns no row, so that only the statement after it does. */
const SET = { name: 'transaction.set', text: 'select where set_config($1, $2, true) is null' };

const NAME_BYTES = 63;

/** Where `SET` is prepared, or about to be: messages of one connection keep their order. */
const prepared = new WeakSet<PoolClient>();

function prepareSet(client: PoolClient): void {
  if (prepared.has(client)) return;
  prepared.add(client);
  client.query({ ...SET, values: ['app.tenant_id', ''] }).catch(() => prepared.delete(client));
}

/**
 * @param client of a pool with `pipeline: true`
 * @param settings for this statement and, in a transaction, those after it
 */
export async function runStatement<Row extends QueryResultRow>(
  client: PoolClient, { operation, text }: Statement, values: readonly unknown[] = [], settings: TransactionSettings = {},
): Promise<Row[]> {
  const config = { name: operation, text, values: [...values] };
  const wanted = Object.entries(settings);
  if (wanted.length === 0) {
    const { rows } = await client.query<Row>(config);
    return rows;
  }
  prepareSet(client);
  return new Promise<Row[]>((resolve, reject) => {
    const query = new pg.Query<Row>(config, (error, result) => {
      if (error) {
        // Its own trace leads to the socket; this one at least to here.
        Error.captureStackTrace(error);
        reject(error);
        return;
      }
      // One result for each statement of the message.
      resolve([result].flat().at(-1)?.rows ?? []);
    });
    const submit = query.submit.bind(query);
    query.submit = (connection) => {
      connection.stream.cork();
      for (const setting of wanted) {
        connection.bind({ portal: '', statement: SET.name, values: setting, valueMapper: (value: unknown) => value }, true);
        connection.execute({ portal: '' }, true);
      }
      submit(connection);
      connection.stream.uncork();
    };
    client.query(query);
  });
}

/** Statements must be told apart by their names: PostgreSQL prepares them by these. */
export function createNameCheck(): (statement: Statement) => void {
  const known = new Map<string, string>();
  return ({ operation, text }) => {
    const before = known.get(operation);
    if (before === text) return;
    if (before !== undefined) throw new Error(`Two statements are named ${operation}.`);
    if (Buffer.byteLength(operation) > NAME_BYTES) throw new Error(`The name ${operation} is longer than ${NAME_BYTES} bytes.`);
    known.set(operation, text);
  };
}
