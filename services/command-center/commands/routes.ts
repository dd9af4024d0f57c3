import { randomUUID } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Database, Transaction } from '@tartware/kit/database';
import { KEPT_HOURS, idempotent } from '@tartware/kit/idempotency';
import { ById, Id, PageQuery, choice, nullable, pageOf, toPage } from '@tartware/kit/resources';
import { DEFINITIONS, hasTarget } from './catalogue.ts';
import { Command, NewBatch, STATUSES, requireCommands, requireRoleFor } from './command.ts';
import { cancelCommand, getCommand, insertCommands, listCommands, replayCommand } from './store.ts';
import { announceFinished } from './worker.ts';
import type { Worker } from './worker.ts';

const Accepted = Type.Object({ batch_id: Id, commands: Type.Array(Command) });
const Query = Type.Object({ ...PageQuery.properties, status: Type.Optional(choice(STATUSES)), batch_id: Type.Optional(Id), target: Type.Optional(Id) });
const Definitions = Type.Object({
  items: Type.Array(Type.Object({
    name: Type.String(), description: Type.String(), service: Type.String(), target: Type.Boolean({ description: 'whether it has a target' }),
    versioned: Type.Boolean({ description: 'whether it names the version that it changes' }), roles: nullable(Type.Array(Type.String(), { description: 'who may send it; null: whoever writes' })),
    payload: Type.Object({}, { additionalProperties: true, description: 'JSON Schema' }),
  })),
});

/** `app` is behind `requireToken`. */
export function commandRoutes(app: App, database: Database, worker: Worker): void {
  app.get('/v1/commands/definitions', { schema: { summary: 'Lists what can be commanded.', response: { 200: Definitions } } }, () => ({
    items: DEFINITIONS.map((definition) => {
      const { name, description, service, versioned = false, roles = null, payload } = definition;
      return { name, description, service, target: hasTarget(definition), versioned, roles: roles && [...roles], payload };
    }),
  }));

  app.get('/v1/commands', { schema: { summary: 'Lists commands, newest first.', querystring: Query, response: { 200: pageOf(Command) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => listCommands(transaction, filter, cursor, limit + 1));
    return toPage(found, limit);
  });

  app.get('/v1/commands/:id', { schema: { summary: 'Shows what became of a command.', params: ById, response: { 200: Command } } }, async (request) =>
    existing(await database.withTenant(claimsOf(request).tenant_id, (transaction) => getCommand(transaction, request.params.id))));

  app.post('/v1/commands', { config: { idempotencyKey: 'required' }, schema: { summary: 'Accepts commands, for now or for later.', body: NewBatch, response: { 202: Accepted } } }, async (request, reply) => {
    const { role, sub: requestedBy } = requireWriter(request);
    const { commands, run_at: runAt = new Date().toISOString() } = request.body;
    requireCommands(commands, role);
    const answered = await idempotent(database, request, reply, async (transaction) => {
      const batchId = randomUUID();
      return { status: 202, body: { batch_id: batchId, commands: await insertCommands(transaction, { batchId, runAt, requestedBy }, commands) } };
    });
    worker.wake();
    return answered;
  });

  app.post('/v1/commands/:id/cancel', { schema: { summary: 'Drops a command that waits.', params: ById, response: { 200: Command } } }, async (request, reply) => {
    requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const cancelled = await cancelCommand(transaction, request.params.id);
      if (!cancelled) {
        return refuse(transaction, request.params.id, 'cancelled', 'Only a command that waits can be cancelled.');
      }
      await announceFinished(transaction, cancelled);
      return { status: 200, body: cancelled };
    });
  });

  app.post('/v1/commands/:id/replay', { schema: { summary: 'Tries a failed command again.', params: ById, response: { 200: Command } } }, async (request, reply) => {
    const { role } = requireWriter(request);
    const answered = await idempotent(database, request, reply, async (transaction) => {
      const command = existing(await getCommand(transaction, request.params.id));
      requireRoleFor([command], role);
      requireStillKnown(command);
      const queued = (await replayCommand(transaction, command.id)) ?? (await refuse(transaction, command.id, 'replayed', 'Only a command that failed can be replayed.'));
      return { status: 200, body: queued };
    });
    worker.wake();
    return answered;
  });
}

/** A little less than the services keep their answers: after that a command whose effect is there would have it twice. */
const REPLAYED_WITHIN_MS = (KEPT_HOURS - 1) * 3_600_000;

/** @throws Problem 409 `replay_too_late` */
function requireStillKnown({ run_at, created_at }: Command): void {
  if (Date.now() - Math.max(run_at.getTime(), created_at.getTime()) > REPLAYED_WITHIN_MS) {
    throw new Problem({
      status: 409, code: 'replay_too_late', message: 'The services no longer know whether this command took effect.', hint: 'Look at what it was to change, and send a new command if it is still to be done.',
    });
  }
}

function existing(command: Command | undefined): Command {
  if (!command) {
    throw notFound('This command');
  }
  return command;
}

async function refuse(transaction: Transaction, id: string, done: string, hint: string): Promise<never> {
  const { status } = existing(await getCommand(transaction, id));
  throw new Problem({ status: 409, code: 'transition_illegal', message: `A command that is ${status} cannot be ${done}.`, hint });
}
