/** Several reservations that belong together, such as a wedding's. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Id, Moment, Version, choice } from '@tartware/kit/resources';
import { Reservation, wishes } from './reservation.ts';

export const MAX_MEMBERS = 50;

export const GroupMode = choice(['all_or_nothing', 'as_available'], { description: 'all_or_nothing: one that cannot be had refuses all; as_available: those that can be had are confirmed' });

const Member = Type.Object({ ...wishes, children: Type.Optional(wishes.children) }, { additionalProperties: false });

export const NewGroup = Type.Object({
  property_id: Id,
  name: Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*\\S[^\\u0000]*$', description: '1 to 200 characters', examples: ['Wedding Rossi'] }),
  mode: Type.Optional(GroupMode),
  reservations: Type.Array(Member, { minItems: 1, maxItems: MAX_MEMBERS, description: `1 to ${MAX_MEMBERS}` }),
}, { additionalProperties: false });
export type NewGroup = Static<typeof NewGroup>;

export const GROUP_STATUSES = ['requested', 'confirmed', 'rejected', 'cancelled'] as const;

export const Group = Type.Object({
  id: Id,
  version: Version,
  property_id: Id,
  name: Type.String(),
  mode: GroupMode,
  status: choice(GROUP_STATUSES),
  created_at: Moment,
  updated_at: Moment,
});
export type Group = Static<typeof Group>;

export const GroupWithReservations = Type.Object({ ...Group.properties, reservations: Type.Array(Reservation) });
export type GroupWithReservations = Static<typeof GroupWithReservations>;
