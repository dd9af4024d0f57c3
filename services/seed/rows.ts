/** What one schema gets: rows by table, and the events that its service would have announced. */

/** By column, as PostgreSQL reads it from JSON; all rows of a table have the same columns. The tenant is added to each. */
export type Row = Readonly<Record<string, unknown>>;

export interface Table {
  name: string;
  rows: readonly Row[];
}

/** An event as the outbox keeps it. */
export interface EventRow extends Row {
  id: string;
  type: string;
  aggregate_id: string;
  version: number;
  property_id: string | null;
  data: object;
  occurred_at: string;
}

/** Events of another service (or its own) whose effect is among the rows already: they must not have it again. */
export interface Consumed {
  /** As kit names the consumer in the inbox. */
  consumer: string;
  /** Service that announces them. */
  of: string;
  types: readonly string[];
}

export interface SchemaRows {
  /** Its name is the schema's too. */
  service: string;
  /** In the order of their foreign keys. */
  tables: readonly Table[];
  /** Updates of rows by `id` when all tables are there: for what a trigger would refuse before. */
  updates?: readonly Table[];
  events: readonly EventRow[];
  consumed?: readonly Consumed[];
}

/** @returns a copy that lacks what stands elsewhere */
export function without<Value extends object, Key extends keyof Value>(value: Value, ...keys: readonly Key[]): Omit<Value, Key> {
  const copy = { ...value };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
}
