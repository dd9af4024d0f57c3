/** A room as housekeeping sees it. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Id, Version, choice, nullable } from '@tartware/kit/resources';
import type { Transitions } from './transitions.ts';

export const CONDITIONS = ['dirty', 'clean', 'inspected'] as const;
export const Condition = choice(CONDITIONS);
export type Condition = Static<typeof Condition>;

/** Only what is clean can be inspected; anything gets dirty. */
export const CONDITION_CHANGES: Transitions<Condition> = {
  dirty: ['dirty', 'clean'],
  clean: ['dirty', 'clean', 'inspected'],
  inspected: ['dirty', 'clean', 'inspected'],
};

export const RoomChange = Type.Object({ condition: Condition }, { additionalProperties: false });

export const RoomStatus = Type.Object({
  room_id: Id,
  property_id: Id,
  room_type_id: nullable(Id),
  number: nullable(Type.String({ description: 'null until the room\'s own event has come' })),
  floor: nullable(Type.Integer()),
  active: Type.Boolean(),
  condition: Condition,
  occupied: Type.Boolean(),
  out_of_order: Type.Boolean({ description: 'on the property\'s business date' }),
  version: Version,
});
export type RoomStatus = Static<typeof RoomStatus>;

export const Readiness = Type.Object({ condition: Condition, out_of_order: Type.Boolean(), occupied: Type.Boolean() });
