/** Which constraint refused a statement. */

const VIOLATIONS: ReadonlySet<unknown> = new Set(['23505', '23P01']);

/** Whether a unique or exclusion constraint of this name did. */
export function isViolation(error: unknown, constraint: string): boolean {
  return error instanceof Error && 'code' in error && VIOLATIONS.has(error.code) && 'constraint' in error && error.constraint === constraint;
}
