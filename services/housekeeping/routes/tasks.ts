import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Transaction } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import type { Answer } from '@tartware/kit/idempotency';
import { Id, PageQuery, etagOf, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { announceTask } from '../announce.ts';
import { inspectionRequired, knownRoom } from '../context.ts';
import type { HousekeepingContext } from '../context.ts';
import type { Condition } from '../model/room.ts';
import { Assignment, Kind, NewTask, Remark, State, TASK_TRANSITIONS, Task, TaskWithInspections, Verdict, conditionAfter, conditionAfterInspection } from '../model/task.ts';
import { requireTransition } from '../model/transitions.ts';
import { changeRoomState } from '../room-state.ts';
import { readerOf } from '../store/reader.ts';
import { getTask, insertInspection, insertTask, listInspections, listTasks, lockTask, updateTask } from '../store/tasks.ts';

const ById = Type.Object({ id: Id });
const Query = Type.Object({
  ...PageQuery.properties, property_id: Type.Optional(Id), room_id: Type.Optional(Id), state: Type.Optional(State), kind: Type.Optional(Kind),
  assigned_to: Type.Optional(Id), reservation_id: Type.Optional(Id),
});

export function taskRoutes(app: App, context: HousekeepingContext): void {
  const { database } = context;

  app.get('/v1/housekeeping/tasks', { schema: { summary: 'List tasks', querystring: Query, response: { 200: pageOf(Task) } } }, async (request) => {
    const { limit, cursor, ...filter } = request.query;
    return toPage(await listTasks(readerOf(database, claimsOf(request).tenant_id), filter, cursor, limit + 1), limit);
  });

  app.get('/v1/housekeeping/tasks/:id', { schema: { summary: 'Read a task with its inspections', params: ById, response: { 200: TaskWithInspections } } }, async (request, reply) => {
    const reader = readerOf(database, claimsOf(request).tenant_id);
    const task = await getTask(reader, request.params.id);
    if (!task) throw notFound('This task');
    return sendWithETag(reply, { ...task, inspections: await listInspections(reader, task.id) });
  });

  app.post('/v1/housekeeping/tasks', { schema: { summary: 'Make a task', body: NewTask, response: { 201: Task } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const { property_id } = await knownRoom(context, tenant_id, request.body.room_id);
    return idempotent(database, request, reply, async (transaction) => {
      const made = await insertTask(transaction, { ...request.body, property_id });
      if (!made) throw new Error('A task of no stay was taken for one of a stay.');
      await announceTask(transaction, 'created', made);
      return { status: 201, body: made, headers: { location: `/v1/housekeeping/tasks/${made.id}`, etag: etagOf(made) } };
    });
  });

  taskActions(app, context);
}

function taskActions(app: App, context: HousekeepingContext): void {
  const { database } = context;

  app.post('/v1/housekeeping/tasks/:id/assign', { schema: { summary: 'Give a task to somebody', params: ById, body: Assignment, response: { 200: Task } } }, async (request, reply) => {
    requireWriter(request);
    const { assigned_to } = request.body;
    return idempotent(database, request, reply, step(request, request.params.id, 'assigned', (task) => ({ ...task, assigned_to })));
  });

  app.post('/v1/housekeeping/tasks/:id/start', { preValidation: emptyBody, schema: { summary: 'Begin a task', params: ById, body: Remark, response: { 200: Task } } }, async (request, reply) => {
    requireWriter(request);
    return idempotent(database, request, reply, step(request, request.params.id, 'in_progress', (task) => withNote(task, request.body)));
  });

  app.post('/v1/housekeeping/tasks/:id/complete', { preValidation: emptyBody, schema: { summary: 'Finish a task', params: ById, body: Remark, response: { 200: Task } } }, async (request, reply) => {
    const { tenant_id } = requireWriter(request);
    const known = await getTask(readerOf(database, tenant_id), request.params.id);
    if (!known) throw notFound('This task');
    // Asked before the transaction: a slow service must not keep a connection and a lock.
    const required = await inspectionRequired(context, tenant_id, known.property_id);
    return idempotent(database, request, reply, step(request, known.id, 'done', async (task, transaction) => {
      await setCondition(transaction, task.room_id, conditionAfter(task.kind, required));
      return withNote(task, request.body);
    }));
  });

  app.post('/v1/housekeeping/tasks/:id/inspect', { schema: { summary: 'Pass or fail what was done', params: ById, body: Verdict, response: { 200: Task } } }, async (request, reply) => {
    const { sub } = requireWriter(request);
    const { passed, note = '' } = request.body;
    return idempotent(database, request, reply, step(request, request.params.id, passed ? 'inspected' : 'open', async (task, transaction) => {
      await insertInspection(transaction, task.id, { passed, note, inspected_by: sub });
      await setCondition(transaction, task.room_id, conditionAfterInspection(task.kind, passed));
      return passed ? task : { ...task, assigned_to: null };
    }));
  });

  app.post('/v1/housekeeping/tasks/:id/cancel', { preValidation: emptyBody, schema: { summary: 'Cancel a task', params: ById, body: Remark, response: { 200: Task } } }, async (request, reply) => {
    requireWriter(request);
    return idempotent(database, request, reply, step(request, request.params.id, 'cancelled', (task) => withNote(task, request.body)));
  });
}

/** These actions can be asked for without a body. */
function emptyBody(request: { body: unknown }, _reply: unknown, done: () => void): void {
  if (request.body === undefined) request.body = {};
  done();
}

/**
 * One step of a task, with all that follows from it. `If-Match` is heeded where it is sent.
 * @param change what else is other than before; in the same transaction
 * @returns the work, which throws Problem 404, 409 `transition_illegal` or 412
 */
function step(request: Parameters<typeof requireMatch>[0], id: string, state: Task['state'], change: (task: Task, transaction: Transaction) => Task | Promise<Task>) {
  return async (transaction: Transaction): Promise<Answer> => {
    const task = await lockTask(transaction, id);
    if (!task) throw notFound('This task');
    if (request.headers['if-match'] !== undefined) requireMatch(request, task.version);
    requireTransition(TASK_TRANSITIONS, 'The task', task.state, state);
    const changed = await updateTask(transaction, { ...await change(task, transaction), state });
    await announceTask(transaction, 'updated', changed);
    return { status: 200, body: changed, headers: { etag: etagOf(changed) } };
  };
}

function withNote(task: Task, { note }: Static<typeof Remark>): Task {
  return note === undefined ? task : { ...task, note };
}

async function setCondition(transaction: Transaction, roomId: string, condition: Condition | undefined): Promise<void> {
  if (condition !== undefined) await changeRoomState(transaction, roomId, () => ({ condition }));
}
