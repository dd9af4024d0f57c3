/** Carries an operation from where it is to its end. */
import { Problem } from '@tartware/kit';
import type { Logger } from '@tartware/kit';
import type { Cache } from '@tartware/kit/cache';
import type { Database } from '@tartware/kit/database';
import type { Answer } from '@tartware/kit/idempotency';
import { callRefused, finish, keepAnswer, letGo } from '../store/operations.ts';
import type { Calls, Kind, Operation, StepHook } from './operation.ts';

/** What operations run on. */
export interface Engine {
  database: Database;
  services: Calls['services'];
  cache: Cache;
  log: Logger;
  step: StepHook;
}

export function callsOf({ services, cache }: Engine, tenantId: string): Calls {
  return { tenantId, services, cache };
}

/** Before the next attempt, when a service does not answer. */
const PAUSE_SECONDS = 1;
/** "Later" and "too many": the callee has not decided. */
const UNDECIDED: ReadonlySet<number> = new Set([408, 425, 429]);
const IN_PROGRESS = 'request_in_progress';

/**
 * @param operation whose lease the caller has
 * @throws Problem of 4xx when it was refused and has left nothing; of 5xx when it is withdrawn or will be carried on by somebody else
 */
export async function carry<Input, Outcome>(engine: Engine, tenantId: string, operation: Operation<Input>, kind: Kind<Input, Outcome>): Promise<Answer> {
  let answer: Answer | Problem;
  try {
    const outcome = await kind.call(operation, callsOf(engine, tenantId));
    await engine.step(`${operation.kind}.called`);
    answer = await engine.database.withTenant(tenantId, async (transaction) => {
      // On their way together. Whoever was not the one to end it throws, and nothing of this transaction stays.
      const [mine, ending] = await Promise.allSettled([finish(transaction, operation.id, 'done'), kind.finish(transaction, operation, outcome)]);
      if (valueOf(mine) === false) {
        throw new EndedElsewhere();
      }
      const given = valueOf(ending);
      await (given instanceof Problem ? callRefused(transaction, operation.id) : keepAnswer(transaction, operation, given));
      return given;
    });
  } catch (error) {
    if (error instanceof EndedElsewhere) {
      throw inProgress();
    }
    throw await stop(engine, tenantId, operation, kind, error);
  }
  await engine.step(`${operation.kind}.finished`);
  if (answer instanceof Problem) {
    throw answer;
  }
  return answer;
}

/** Another who carried it was faster: nothing is left to put back or to carry on. */
class EndedElsewhere extends Error {}

function valueOf<Value>(settled: PromiseSettledResult<Value>): Value {
  if (settled.status === 'rejected') {
    throw settled.reason;
  }
  return settled.value;
}

/** Whether another service has decided against it. One that is still at what it was asked before, by who waited no longer, has not: it may yet do it. */
export function isRefusal(error: unknown): error is Problem {
  return error instanceof Problem && error.status < 500 && !UNDECIDED.has(error.status) && error.code !== IN_PROGRESS;
}

/** @returns what the client is told */
async function stop<Input, Outcome>(engine: Engine, tenantId: string, operation: Operation<Input>, kind: Kind<Input, Outcome>, error: unknown): Promise<unknown> {
  if (isRefusal(error) || (error instanceof Problem && (kind.unanswered === 'withdraw' || kind.refusedLater?.has(error.code) === true))) {
    // What is put back is only what this operation holds: after another end of it that is nothing.
    await engine.database.withTenant(tenantId, (transaction) => Promise.all([finish(transaction, operation.id, 'refused'), kind.refuse(transaction, operation)]));
    return error;
  }
  // Whether this works or not: when the lease is over somebody carries on.
  await engine.database.withTenant(tenantId, (transaction) => letGo(transaction, operation.id, PAUSE_SECONDS)).catch(() => undefined);
  return error instanceof Problem ? keptFor(operation, error) : error;
}

function keptFor({ idempotency_key }: Operation, { code, message, headers, cause }: Problem): Problem {
  const how = idempotency_key === null ? 'Read the reservation again in a moment.' : 'Send the same request with the same idempotency key in a moment.';
  return new Problem({
    status: 503, code, message: `${message} What you asked for is written down and will be carried on.`, hint: `Do not ask anew. ${how}`, headers: { 'retry-after': '1', ...headers }, cause,
  });
}

/** The same request is being carried by somebody else, or has just ended. */
export function inProgress(): Problem {
  return new Problem({
    status: 409, code: IN_PROGRESS, message: 'The first request with this idempotency key is still being worked on.', hint: 'Send it again in a moment.', headers: { 'retry-after': '1' },
  });
}
