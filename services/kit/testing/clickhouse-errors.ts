/** What ClickHouse's exceptions become over HTTP. */

/** An answer that is no result. `code` is ClickHouse's own number of the error. */
export class ClickHouseException extends Error {
  readonly code: number;
  readonly status: number;

  /** @param message ClickHouse's whole text: `Code: 60. DB::Exception: … (UNKNOWN_TABLE)` */
  constructor(message: string) {
    super(message);
    this.name = 'ClickHouseException';
    this.code = Number(/^Code: (\d+)\./.exec(message)?.[1] ?? 1002);
    this.status = statusOf(/\(([A-Z][A-Z0-9_]+)\)\s*$/.exec(message)?.[1] ?? '');
  }
}

/** An error in ClickHouse's form that this front finds itself. @param name as in ClickHouse's list of error codes */
export function exception(code: number, name: string, text: string): ClickHouseException {
  return new ClickHouseException(`Code: ${code}. DB::Exception: ${text}. (${name})`);
}

const NOT_FOUND = /^UNKNOWN_(TABLE|FUNCTION|IDENTIFIER|TYPE|STORAGE|DATABASE|SETTING|DIRECTION_OF_SORTING|AGGREGATE_FUNCTION|FORMAT|DATABASE_ENGINE|TYPE_OF_QUERY|QUERY_PARAMETER)$/;
const BAD_REQUEST = /^(CANNOT_PARSE_\w+|CANNOT_CONVERT_TYPE|CANNOT_READ_ALL_DATA|SYNTAX_ERROR|INCORRECT_DATA|TYPE_MISMATCH|ILLEGAL_\w+|BAD_ARGUMENTS|BAD_QUERY_PARAMETER|NUMBER_OF_ARGUMENTS_DOESNT_MATCH|ARGUMENT_OUT_OF_BOUND|VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE|READONLY|QUERY_IS_TOO_LARGE|TABLE_ALREADY_EXISTS|DATABASE_ALREADY_EXISTS|NO_SUCH_COLUMN_IN_TABLE)$/;

function statusOf(name: string): number {
  if (NOT_FOUND.test(name)) return 404;
  if (BAD_REQUEST.test(name)) return 400;
  if (name === 'NOT_IMPLEMENTED' || name === 'SUPPORT_IS_DISABLED') return 501;
  return 500;
}
