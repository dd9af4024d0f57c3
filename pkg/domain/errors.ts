/** What went wrong, for a person: `code` is stable and SCREAMING_SNAKE, `hint` is an action rather than a diagnosis. */
export interface Problem {
  code: string;
  message: string;
  hint: string;
}

/** The one error type of the user interface's side. Nothing in the domain throws anything else on purpose. */
export class TartwareError extends Error implements Problem {
  override readonly name = 'TartwareError';
  readonly code: string;
  readonly hint: string;

  constructor({ code, message, hint }: Problem, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
