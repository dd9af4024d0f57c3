/** Transactions and single reads on connections of the pool. */
import type { PoolClient, QueryResultRow } from 'pg';
import type { Database, Statement, Transaction, TransactionSettings } from './database.ts';
import { runStatement } from './database-query.ts';
import { Problem, unavailable } from './errors.ts';

export interface Connections {
  /** @throws Problem 503 */
  connect: () => Promise<PoolClient>;
  measure: <Result>(operation: string, run: () => Promise<Result>) => Promise<Result>;
  /** @throws Error when another statement has the name */
  checkName: (statement: Statement) => void;
  tell: (statement: Statement) => void;
}

export function createTransactions(connections: Connections): Database['transaction'] {
  const { connect, measure, tell } = connections;
  return async (settings, work) => {
    const client = await connect();
    const opened = open(client, settings, connections);
    let broken: Error | undefined;
    try {
      const result = await work(opened.transaction);
      if (opened.beginning()) {
        const { command } = await measure('transaction.commit', () => client.query('commit'));
        if (command !== 'COMMIT') throw new Error('The transaction had failed before its end and was rolled back: an error of a statement was swallowed.');
        opened.toTell.forEach(tell);
      }
      return result;
    } catch (error) {
      if (opened.beginning()) broken = await recover(client, 'rollback');
      throw asProblem(error, broken);
    } finally {
      opened.end();
      client.release(broken);
    }
  };
}

interface Opened {
  transaction: Transaction;
  /** Undefined while there was no statement, and so nothing to end. */
  beginning: () => Promise<unknown> | undefined;
  toTell: ReadonlySet<Statement>;
  /** What is sent later would be in the next user's transaction. */
  end: () => void;
}

function open(client: PoolClient, settings: TransactionSettings, { measure, checkName }: Connections): Opened {
  let beginning: Promise<unknown> | undefined;
  let ended = false;
  const toTell = new Set<Statement>();
  return {
    transaction: {
      async query<Row extends QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<Row[]> {
        if (ended) throw new Error(`The statement ${statement.operation} came after the end of its transaction: await it.`);
        checkName(statement);
        if (beginning) return measure(statement.operation, () => runStatement<Row>(client, statement, values));
        // Both are on their way before either is answered: a beginning costs no round trip of its own. Whatever becomes of `begin`, the settings go with
        // the first statement and apply to nothing but its transaction.
        beginning = client.query('begin');
        const [rows] = await Promise.all([measure(statement.operation, () => runStatement<Row>(client, statement, values, settings)), beginning]);
        return rows;
      },
      tellAfterCommit: (statement) => void toTell.add(statement),
    },
    beginning: () => beginning,
    toTell,
    end: () => void (ended = true),
  };
}

export function createRead({ connect, measure, checkName }: Connections): Database['read'] {
  return async (tenantId, statement, values) => {
    checkName(statement);
    const client = await connect();
    let broken: Error | undefined;
    try {
      return await measure(statement.operation, () => runStatement(client, statement, values, { 'app.tenant_id': tenantId }));
    } catch (error) {
      broken = await recover(client, 'select');
      throw asProblem(error, broken);
    } finally {
      client.release(broken);
    }
  };
}

/** A connection that cannot even do this is not given back to the pool. @returns why it cannot */
async function recover(client: PoolClient, command: string): Promise<Error | undefined> {
  try {
    await client.query(command);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(`${command} failed`, { cause });
  }
}

function asProblem(error: unknown, broken: Error | undefined): unknown {
  return broken && !(error instanceof Problem) ? unavailable('database_unavailable', 'The connection to the database broke.', error) : error;
}
