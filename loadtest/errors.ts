/** The one error type of the load tests: what happened, and what the reader can do about it. */
export class LoadTestError extends Error {
  readonly code: string;
  readonly hint: string;

  /** @param code stable, SCREAMING_SNAKE; @param hint an action, not a diagnosis. */
  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LoadTestError';
    this.code = code;
    this.hint = hint;
  }
}

/** One printable form for any thrown value; programming errors keep their stack. */
export function describeError(error: unknown): string {
  if (error instanceof LoadTestError) return `${ error.code }: ${ error.message }\n  → ${ error.hint }`;

  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
