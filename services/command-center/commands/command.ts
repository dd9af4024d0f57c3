/** A command as it is sent and shown, and what is wrong with one. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Problem } from '@tartware/kit';
import type { FieldError } from '@tartware/kit';
import { Id, Moment, choice, nullable } from '@tartware/kit/resources';
import { definitionOf, hasTarget } from './catalogue.ts';

export const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];

export const NewCommand = Type.Object({
  command: Type.String({ maxLength: 100, description: 'one of GET /v1/commands/definitions', examples: ['reservation.cancel'] }),
  target: Type.Optional(Id),
  payload: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'as the command\'s definition has it; left out: empty' })),
  if_version: Type.Optional(Type.Integer({ minimum: 0, description: 'the target\'s version, for commands that change one' })),
}, { additionalProperties: false });
export type NewCommand = Static<typeof NewCommand>;

export const MAX_COMMANDS = 1_000;

export const NewBatch = Type.Object({
  commands: Type.Array(NewCommand, { minItems: 1, maxItems: MAX_COMMANDS, description: `1 to ${MAX_COMMANDS}; accepted all or none; those for one target run one after the other` }),
  run_at: Type.Optional(Type.String({ format: 'date-time', description: 'not before this moment; RFC 3339', examples: ['2027-05-01T14:00:00.000Z'] })),
}, { additionalProperties: false });
export type NewBatch = Static<typeof NewBatch>;

export const Command = Type.Object({
  id: Id,
  batch_id: Id,
  schedule_id: nullable(Id),
  command: Type.String(),
  target: nullable(Id),
  payload: Type.Object({}, { additionalProperties: true }),
  status: choice(STATUSES),
  run_at: Moment,
  attempts: Type.Integer(),
  answer: Type.Unknown({ description: 'the service\'s answer; null while there is none' }),
  problem: Type.Unknown({ description: 'why the last attempt failed: code, message, hint, status; null when it did not' }),
  requested_by: Type.String(),
  version: Type.Integer(),
  created_at: Moment,
  finished_at: nullable(Moment),
});
export interface Command extends Omit<Static<typeof Command>, 'run_at' | 'created_at' | 'finished_at'> {
  run_at: Date;
  created_at: Date;
  finished_at: string | null;
  if_version: number | null;
}

/** @throws Problem 400 naming all that is wrong with any of them, 403 when the role may not send one */
export function requireCommands(commands: readonly NewCommand[], role: string, pointer = (index: number): string => `/commands/${index}`): void {
  const errors = commands.flatMap((command, index) => faultsOf(command, pointer(index)));
  if (errors.length > 0) {
    throw new Problem({ status: 400, code: 'validation_failed', message: 'Some commands are not right; none was accepted.', hint: 'Compare them with GET /v1/commands/definitions.', errors: errors.slice(0, 100) });
  }
  requireRoleFor(commands, role);
}

/** @throws Problem 403 when the role may not send one of them */
export function requireRoleFor(commands: readonly { command: string }[], role: string): void {
  const refused = commands.find(({ command }) => definitionOf(command)?.roles?.includes(role) === false);
  if (refused) {
    throw new Problem({ status: 403, code: 'role_insufficient', message: `The role ${role} may not send ${refused.command}.`, hint: `Ask for one of the roles ${definitionOf(refused.command)?.roles?.join(', ') ?? ''}.` });
  }
}

function faultsOf({ command, target, payload = {}, if_version }: NewCommand, at: string): FieldError[] {
  const definition = definitionOf(command);
  if (!definition) {
    return [fault(`${at}/command`, 'is none of GET /v1/commands/definitions')];
  }
  return [
    ...(hasTarget(definition) === (target === undefined) ? [fault(`${at}/target`, target === undefined ? 'is missing' : 'is not for this command')] : []),
    ...((definition.versioned ?? false) === (if_version === undefined) ? [fault(`${at}/if_version`, if_version === undefined ? 'is missing' : 'is not for this command')] : []),
    ...[...Value.Errors(definition.payload, payload)].slice(0, 5).map(({ path, message, schema }) => fault(`${at}/payload${path}`, schema.description === undefined ? message : `must be ${schema.description}`)),
  ];
}

function fault(field: string, message: string): FieldError {
  return { in: 'body', field, message };
}
