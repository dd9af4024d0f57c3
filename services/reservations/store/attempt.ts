/** Tries a statement that a constraint may refuse, and goes on with the transaction either way. */
import type { Statement, Transaction } from '@tartware/kit/database';
import { isViolation } from './errors.ts';

const SAVEPOINT: Statement = { operation: 'transaction.savepoint', text: 'savepoint attempt' };
const BACK: Statement = { operation: 'transaction.back', text: 'rollback to savepoint attempt' };

/** @returns nothing when the constraint of this name refused it; @throws any other error */
export async function attempt<Result>(transaction: Transaction, constraint: string, work: () => Promise<Result>): Promise<Result | undefined> {
  await transaction.query(SAVEPOINT);
  try {
    return await work();
  } catch (error) {
    if (!isViolation(error, constraint)) {
      throw error;
    }
    await transaction.query(BACK);
    return undefined;
  }
}
