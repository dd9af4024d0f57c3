/**
 * Statements that only tell somebody of what was committed: each runs soon after, once for all transactions of a moment.
 *
 * NOTIFY within the transaction would be one statement less, but PostgreSQL then lets all such transactions of the whole server commit one after the
 * other, each with its wait for the disk (`PreCommit_Notify` takes a lock on the server's queue).
 */
import type { Statement } from './database.ts';

/** Fewer and later than this would be felt, more often only costs. */
const PAUSE_MS = 5;

/** @param run may fail: whoever is told must also look by itself now and then */
export function createBell(run: (statement: Statement) => Promise<unknown>): (statement: Statement) => void {
  /** By operation: whether it is wanted again when the one on its way is done and the pause over. */
  const wantedAgain = new Map<string, boolean>();
  async function ring(statement: Statement): Promise<void> {
    await run(statement).catch(() => undefined);
    setTimeout(() => {
      const again = wantedAgain.get(statement.operation) === true;
      wantedAgain.delete(statement.operation);
      if (again) start(statement);
    }, PAUSE_MS).unref();
  }
  function start(statement: Statement): void {
    if (wantedAgain.has(statement.operation)) {
      wantedAgain.set(statement.operation, true);
      return;
    }
    wantedAgain.set(statement.operation, false);
    void ring(statement);
  }
  return start;
}
