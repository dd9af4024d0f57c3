import type { Database, Statement, Transaction } from '@tartware/kit/database';

/** What reads need: a transaction, or single statements of a tenant, each in one round trip. */
export type Queries = Pick<Transaction, 'query'>;

export function reading(database: Database, tenantId: string): Queries {
  return { query: (statement, values) => database.read(tenantId, statement, values) };
}

export interface List {
  /** Names the statement, with what it is filtered by. */
  operation: string;
  /** Up to before `where`. */
  select: string;
  /** By name; `$` stands for the value, as often as it is there. */
  conditions: Readonly<Record<string, string>>;
  order: string;
}

/**
 * The statement of a list with the filters that are given, and no others: one plan for all of them could use no index. There are as many statements as
 * combinations in use, each with a name of its own.
 * @param values by the conditions' names; undefined: left out
 */
export function listBy({ operation, select, conditions, order }: List, values: Readonly<Record<string, unknown>>, limit: number): { statement: Statement; values: unknown[] } {
  const given = Object.keys(conditions).filter((name) => values[name] !== undefined);
  const where = given.map((name, index) => (conditions[name] ?? '').replaceAll('$', `$${index + 1}`)).join(' and ');
  return {
    statement: { operation: [operation, ...given.map((name) => name.slice(0, 6))].join('.'), text: `${select}${where === '' ? '' : ` where ${where}`} order by ${order} limit $${given.length + 1}` },
    values: [...given.map((name) => values[name]), limit],
  };
}
