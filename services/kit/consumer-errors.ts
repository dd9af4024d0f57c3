/** Which failures of a handler pass by themselves. */
import pg from 'pg';
import { Problem } from './errors.ts';

/** Too many requests, and a callee or database that is away. A 500 is not: it would come again. */
const LATER = new Set([429, 502, 503, 504]);

/** Classes of SQLSTATE: connection, transaction rolled back (serialization, deadlock), out of resources, operator's intervention. */
const PASSING_CLASSES = new Set(['08', '40', '53', '57']);
const LOCK_NOT_AVAILABLE = '55P03';
/** A statement that took too long; of the operator's class, but it would take as long again. */
const QUERY_CANCELED = '57014';

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/** Whether waiting is the cure: nothing is wrong with the event. */
export function passes(error: unknown): boolean {
  if (error instanceof Problem) {
    return LATER.has(error.status) || error.code === 'request_in_progress';
  }
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    return code !== QUERY_CANCELED && (PASSING_CLASSES.has(code.slice(0, 2)) || code === LOCK_NOT_AVAILABLE);
  }
  return error instanceof Error && 'code' in error && NETWORK.has(String(error.code));
}

/** For a dead letter: what to branch on, and what to read. */
export function describeError(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal_error';
  return { code, message };
}
