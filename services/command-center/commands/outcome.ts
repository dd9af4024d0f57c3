/** What becomes of a command after an attempt. */

export const MAX_ATTEMPTS = 10;
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 60_000;

/** The callee is down, busy, or still at the attempt before: the same may work in a moment. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const RETRYABLE_CODES: ReadonlySet<string> = new Set(['request_in_progress']);

export interface Fault {
  status: number;
  code: string;
}

export type Outcome = { kind: 'failed' } | { kind: 'again'; afterMs: number };

/** @param attempts made so far, 1 or more */
export function outcomeOf({ status, code }: Fault, attempts: number): Outcome {
  const retryable = RETRYABLE_STATUSES.has(status) || RETRYABLE_CODES.has(code);
  return retryable && attempts < MAX_ATTEMPTS ? { kind: 'again', afterMs: Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1)) } : { kind: 'failed' };
}
