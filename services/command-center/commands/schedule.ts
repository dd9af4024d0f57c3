/** Schedules: a cron expression on the clock of a time zone. */
import { Cron } from 'croner';
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { Id, Moment, nullable } from '@tartware/kit/resources';
import { NewCommand } from './command.ts';

export const NewSchedule = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$', description: '1 to 200 characters, unique in the tenant' }),
  cron: Type.String({ minLength: 9, maxLength: 100, description: 'five fields: minute, hour, day of month, month, day of week', examples: ['0 3 * * *'] }),
  time_zone: Type.String({ format: 'time-zone', description: 'an IANA name such as Europe/Berlin', examples: ['Europe/Berlin'] }),
  command: NewCommand.properties.command,
  target: NewCommand.properties.target,
  payload: NewCommand.properties.payload,
}, { additionalProperties: false });
export type NewSchedule = Static<typeof NewSchedule>;

export const Schedule = Type.Object({
  id: Id, name: Type.String(), cron: Type.String(), time_zone: Type.String(), command: Type.String(), target: nullable(Id), payload: Type.Object({}, { additionalProperties: true }),
  requested_by: Type.String(), next_run_at: Moment, last_run_at: nullable(Type.String({ description: 'RFC 3339, UTC' })), created_at: Moment,
});
export interface Schedule extends Omit<Static<typeof Schedule>, 'next_run_at' | 'created_at'> {
  next_run_at: Date;
  created_at: Date;
}

/**
 * The next moment after `after` at which the clock of `timeZone` shows what `cron` says. A time that the clock leaves out in spring runs when it has
 * gone forward; one that it shows twice in autumn runs the first time.
 * @throws Problem 400 when the expression is wrong or never comes true
 */
export function nextRun(cron: string, timeZone: string, after: Date): Date {
  let next: Date | null;
  try {
    next = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRun(after);
  } catch (cause) {
    throw refused(cause instanceof Error ? cause.message : 'is not right', cause);
  }
  if (!next) {
    throw refused('never comes true');
  }
  return next;
}

function refused(reason: string, cause?: unknown): Problem {
  return new Problem({
    status: 400, code: 'validation_failed', message: 'The cron expression is not right.', hint: 'Write five fields: minute, hour, day of month, month, day of week, such as "0 3 * * *".',
    errors: [{ in: 'body', field: '/cron', message: reason.replace(/^CronPattern: /, '') }], cause,
  });
}
