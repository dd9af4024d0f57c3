/**
 * Carries commands out: each by one call of the service's public route, with the command's id as idempotency key. A worker that dies leaves its lease
 * to run out; the next one makes the same call with the same key, so the effect is there once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@tartware/kit';
import type { Logger } from '@tartware/kit';
import type { Database, Transaction } from '@tartware/kit/database';
import { emit } from '@tartware/kit/outbox';
import type { ServiceClient } from '@tartware/kit/services';
import { definitionOf } from './catalogue.ts';
import type { Callee } from './catalogue.ts';
import type { Command } from './command.ts';
import { outcomeOf } from './outcome.ts';
import { claimCommands, postpone, settle } from './store.ts';
import type { Claimed } from './store.ts';

export interface WorkerOptions {
  database: Database;
  services: Readonly<Record<Callee, ServiceClient>>;
  log: Logger;
}

export interface Worker {
  /** Looks for work at once: something was accepted. */
  wake: () => void;
  /** Takes nothing more, and resolves when what runs has ended. */
  close: () => Promise<void>;
}

/** Calls at once of one pod: enough to keep a callee busy, few enough to leave it to others as well. */
const AT_ONCE = 8;
const IDLE_MS = 500;
/** A call ends within 5 s (see the kit's service client), long before this. */
const LEASE_SECONDS = 30;

export function startWorker(options: WorkerOptions): Worker {
  const stop = new AbortController();
  let bell = new AbortController();
  const ended = run();

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      bell = new AbortController();
      const done = await work(options).catch((err: unknown) => {
        options.log.error({ err }, 'the queue of commands could not be read or written; tried again soon');
        return 0;
      });
      if (done === 0) {
        await sleep(IDLE_MS, undefined, { signal: AbortSignal.any([stop.signal, bell.signal]) }).catch(() => undefined);
      }
    }
  }

  return {
    wake: () => bell.abort(),
    async close() {
      stop.abort();
      await ended;
    },
  };
}

/** @returns how many commands were taken up */
async function work(options: WorkerOptions): Promise<number> {
  const claimed = await claimCommands(options.database, AT_ONCE, LEASE_SECONDS);
  await Promise.all(claimed.map((command) => carryOut(options, command)));
  return claimed.length;
}

async function carryOut({ database, services }: WorkerOptions, command: Claimed): Promise<void> {
  try {
    const answer = await call(services, command);
    await database.withTenant(command.tenant_id, (transaction) => finish(transaction, command, 'succeeded', { answer }));
  } catch (error) {
    const problem = describe(error);
    const outcome = outcomeOf(problem, command.attempts);
    await database.withTenant(command.tenant_id, (transaction) =>
      (outcome.kind === 'again' ? postpone(transaction, command, outcome.afterMs, problem) : finish(transaction, command, 'failed', { problem })));
  }
}

/** A service that asked has a name instead. */
const USER_ID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

function call(services: WorkerOptions['services'], { id, tenant_id, command, target, payload, if_version, requested_by }: Claimed): Promise<unknown> {
  const definition = definitionOf(command);
  if (!definition) {
    throw new Problem({ status: 410, code: 'command_gone', message: `There is no command ${command} any more.`, hint: 'Send one of GET /v1/commands/definitions.' });
  }
  return services[definition.service].call({
    method: definition.method,
    path: definition.path.replace(':id', target ?? ''),
    tenantId: tenant_id,
    body: payload,
    idempotencyKey: `command-${id}`,
    // Whoever asked stands in what the service writes down.
    ...(USER_ID.test(requested_by) ? { onBehalfOf: requested_by } : {}),
    ...(if_version === null ? {} : { ifMatch: `"${if_version}"` }),
  });
}

async function finish(transaction: Transaction, command: Command, status: 'succeeded' | 'failed', result: { answer?: unknown; problem?: unknown }): Promise<void> {
  const settled = await settle(transaction, command, status, result);
  if (settled) {
    await announceFinished(transaction, settled);
  }
}

export async function announceFinished(transaction: Transaction, command: Command): Promise<void> {
  const { id, version, batch_id, command: name, target, status, attempts, problem } = command;
  await emit(transaction, { type: 'command.finished', aggregateId: id, version, data: { id, batch_id, command: name, target, status, attempts, problem } });
}

/** What is kept and shown of an error; one that is no Problem is our own fault and says no more than that. */
function describe(error: unknown): { status: number; code: string; message: string; hint: string } {
  if (error instanceof Problem) {
    const { status, code, message, hint } = error;
    return { status, code, message, hint };
  }
  return { status: 500, code: 'internal_error', message: 'The command could not be carried out.', hint: 'Tell the operators the command\'s id.' };
}
