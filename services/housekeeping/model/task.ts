/** Work in a room, from open to inspected. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Id, LocalDate, Moment, Version, choice, nullable } from '@tartware/kit/resources';
import type { Condition } from './room.ts';
import { Note } from './text.ts';
import type { Transitions } from './transitions.ts';

export const KINDS = ['checkout_clean', 'stayover', 'inspection', 'deep_clean', 'custom'] as const;
export const Kind = choice(KINDS);
export type Kind = Static<typeof Kind>;

export const STATES = ['open', 'assigned', 'in_progress', 'done', 'inspected', 'cancelled'] as const;
export const State = choice(STATES);
export type State = Static<typeof State>;

/** Done goes back to open when an inspection was not passed. Assigned to assigned is another person. */
export const TASK_TRANSITIONS: Transitions<State> = {
  open: ['assigned', 'cancelled'],
  assigned: ['assigned', 'in_progress', 'cancelled'],
  in_progress: ['done', 'cancelled'],
  done: ['inspected', 'open'],
  inspected: [],
  cancelled: [],
};

export const NewTask = Type.Object({
  room_id: Id, kind: Kind, due_date: Type.Optional(LocalDate), note: Type.Optional(Note),
}, { additionalProperties: false });
export type NewTask = Static<typeof NewTask>;

export const Assignment = Type.Object({ assigned_to: { ...Id, description: 'the user who does it' } }, { additionalProperties: false });
export const Remark = Type.Object({ note: Type.Optional(Note) }, { additionalProperties: false });
export const Verdict = Type.Object({ passed: Type.Boolean({ description: 'false: to be done again' }), note: Type.Optional(Note) }, { additionalProperties: false });

export const Inspection = Type.Object({ id: Id, passed: Type.Boolean(), note: Note, inspected_by: Type.String({ description: 'id of the user or name of the service' }), created_at: Moment });
export type Inspection = Static<typeof Inspection>;

export const Task = Type.Object({
  id: Id, property_id: Id, room_id: Id, kind: Kind, state: State, reservation_id: nullable(Id), due_date: nullable(LocalDate), assigned_to: nullable(Id), note: Note,
  version: Version, created_at: Moment, updated_at: Moment,
});
export type Task = Static<typeof Task>;

export const TaskWithInspections = Type.Object({ ...Task.properties, inspections: Type.Array(Inspection) });

const CLEANING: ReadonlySet<Kind> = new Set(['checkout_clean', 'stayover', 'deep_clean']);

/**
 * What a room is after a task in it was completed; undefined: as before.
 * @param inspectionRequired setting `housekeeping.inspection_required`: without it the word of who cleaned is enough
 */
export function conditionAfter(kind: Kind, inspectionRequired: boolean): Condition | undefined {
  if (kind === 'inspection') return 'inspected';
  if (!CLEANING.has(kind)) return undefined;
  return inspectionRequired ? 'clean' : 'inspected';
}

/** What a room is after a task in it was inspected. */
export function conditionAfterInspection(kind: Kind, passed: boolean): Condition | undefined {
  if (kind === 'custom') return undefined;
  return passed ? 'inspected' : 'dirty';
}
