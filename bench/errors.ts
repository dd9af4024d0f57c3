/** The one error type of the benchmarks: what happened, and what the reader can do about it. */
export class BenchError extends Error {
  readonly code: string;
  readonly hint: string;

  /** @param code stable, SCREAMING_SNAKE; @param hint an action, not a diagnosis. */
  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BenchError';
    this.code = code;
    this.hint = hint;
  }
}

/** Runs a benchmark's main function; its number is the exit code, and 2 stands for "could not be measured". */
export async function finish(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof BenchError ? `${ error.code }: ${ error.message }\n  → ${ error.hint }` : error);
    process.exitCode = 2;
  }
}
