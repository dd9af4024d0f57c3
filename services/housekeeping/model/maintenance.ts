/** Something in a room that must be repaired. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Id, Moment, Version, choice } from '@tartware/kit/resources';
import { Note, Title } from './text.ts';
import type { Transitions } from './transitions.ts';

export const MAINTENANCE_STATES = ['open', 'in_progress', 'resolved', 'cancelled'] as const;
const State = choice(MAINTENANCE_STATES);
type State = Static<typeof State>;
const Priority = choice(['low', 'normal', 'high', 'urgent']);

/** What was resolved may break again. */
export const MAINTENANCE_TRANSITIONS: Transitions<State> = {
  open: ['open', 'in_progress', 'resolved', 'cancelled'],
  in_progress: ['in_progress', 'open', 'resolved', 'cancelled'],
  resolved: ['resolved', 'open'],
  cancelled: ['cancelled'],
};

export const NewMaintenance = Type.Object({
  room_id: Id, title: Title, description: Type.Optional(Note), priority: Type.Optional(Priority),
}, { additionalProperties: false });
export type NewMaintenance = Static<typeof NewMaintenance>;

export const MaintenanceChange = Type.Partial(Type.Object({ title: Title, description: Note, priority: Priority, state: State }), { additionalProperties: false, minProperties: 1 });
export type MaintenanceChange = Static<typeof MaintenanceChange>;

export const Maintenance = Type.Object({
  id: Id, property_id: Id, room_id: Id, title: Title, description: Note, priority: Priority, state: State, version: Version, created_at: Moment, updated_at: Moment,
});
export type Maintenance = Static<typeof Maintenance>;
