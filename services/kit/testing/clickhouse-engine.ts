/** ClickHouse's engine in this process (chdb), with one connection per query: settings, parameters and the database of one never reach another. */
import { Session } from 'chdb';
import { ClickHouseException } from './clickhouse-errors.ts';

export interface Query {
  /** The statement, with the data of an INSERT behind it. */
  text: string;
  /** Of the answer, unless the statement names one. */
  format: string;
  database?: string;
  settings: Readonly<Record<string, string>>;
  /** Values of `{name:Type}` in the statement, in the escaped form in which HTTP carries them. */
  parameters: Readonly<Record<string, string>>;
  readonly: boolean;
}

export interface Answer {
  body: Uint8Array;
  rows: number;
  bytes: number;
  elapsedNs: number;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export class Engine {
  readonly #path: string;
  /** Keeps the engine loaded between the queries. */
  readonly #session: Session;

  /** @param path folder of the data, made when missing; one engine at a time can hold it */
  constructor(path: string) {
    this.#path = path;
    this.#session = new Session(path);
  }

  /** @throws ClickHouseException with the engine's own words */
  async run(query: Query): Promise<Answer> {
    const session = new Session(this.#path);
    try {
      for (const statement of preparations(query)) await session.queryAsync(statement);
      const result = await session.queryAsync(query.text, { format: query.format });
      return { body: result.bytes(), rows: result.rowsRead, bytes: result.bytesRead, elapsedNs: Math.round(result.elapsed * 1e9) };
    } catch (error) {
      throw new ClickHouseException(error instanceof Error ? error.message : String(error));
    } finally {
      session.close();
    }
  }

  close(): void {
    this.#session.close();
  }
}

function preparations({ database, settings, parameters, readonly }: Query): string[] {
  const values = [...Object.entries(settings), ...Object.entries(parameters).map(([name, value]) => [`param_${name}`, value] as const)];
  return [
    ...(database === undefined ? [] : [`USE ${identifier(database)}`]),
    ...(values.length === 0 ? [] : [`SET ${values.map(([name, value]) => `${settingName(name)} = ${literal(value)}`).join(', ')}`]),
    // Last: it forbids to change settings that would lift it.
    ...(readonly ? ['SET readonly = 2'] : []),
  ];
}

function settingName(name: string): string {
  if (NAME.test(name)) return name;
  throw new ClickHouseException(`Code: 115. DB::Exception: '${name}' is no name of a setting. (UNKNOWN_SETTING)`);
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll('\'', '\\\'')}'`;
}

function identifier(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
