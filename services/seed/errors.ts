/** The one error of the seeding: what is wrong, and what to do about it. */
export class SeedError extends Error {
  readonly code: string;
  readonly hint: string;

  /** @param code stable, in small letters; @param hint an action */
  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SeedError';
    this.code = code;
    this.hint = hint;
  }
}
