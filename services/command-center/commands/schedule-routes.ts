import { Type } from '@sinclair/typebox';
import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Database } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import { ById, PageQuery, pageOf, toPage } from '@tartware/kit/resources';
import { definitionOf } from './catalogue.ts';
import { requireCommands } from './command.ts';
import { NewSchedule, Schedule } from './schedule.ts';
import { deleteSchedule, getSchedule, insertSchedule, listSchedules } from './schedules.ts';

/** `app` is behind `requireToken`. */
export function scheduleRoutes(app: App, database: Database): void {
  app.get('/v1/schedules', { schema: { summary: 'Lists schedules.', querystring: PageQuery, response: { 200: pageOf(Schedule) } } }, async (request) => {
    const { limit, cursor } = request.query;
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => listSchedules(transaction, cursor, limit + 1));
    return toPage(found, limit);
  });

  app.get('/v1/schedules/:id', { schema: { summary: 'Shows a schedule.', params: ById, response: { 200: Schedule } } }, async (request) => {
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => getSchedule(transaction, request.params.id));
    if (!found) {
      throw notFound('This schedule');
    }
    return found;
  });

  app.post('/v1/schedules', { schema: { summary: 'Makes a schedule.', body: NewSchedule, response: { 201: Schedule } } }, async (request, reply) => {
    const { role, sub } = requireWriter(request);
    const { command, target, payload = {} } = request.body;
    requireUnversioned(command);
    requireCommands([{ command, payload, ...(target === undefined ? {} : { target }) }], role, () => '');
    return idempotent(database, request, reply, async (transaction) => {
      const made = await insertSchedule(transaction, request.body, sub);
      if (!made) {
        throw new Problem({ status: 409, code: 'schedule_name_taken', message: 'There is a schedule of this name already.', hint: 'Choose another name.' });
      }
      return { status: 201, body: made, headers: { location: `/v1/schedules/${made.id}` } };
    });
  });

  app.delete('/v1/schedules/:id', { schema: { summary: 'Ends a schedule.', params: ById, response: { 204: Type.Null() } } }, async (request, reply) => {
    const gone = await database.withTenant(requireWriter(request).tenant_id, (transaction) => deleteSchedule(transaction, request.params.id));
    if (!gone) {
      throw notFound('This schedule');
    }
    return reply.code(204).send(null);
  });
}

/** A version is out of date the second time. */
function requireUnversioned(command: string): void {
  if (definitionOf(command)?.versioned) {
    throw new Problem({ status: 422, code: 'command_not_for_schedules', message: `${command} names a version, which is another one each time.`, hint: 'Send it by POST /v1/commands.' });
  }
}
