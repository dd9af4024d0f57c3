/** Nights in which a room cannot be used at all. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { Id, LocalDate, Moment, Version, nightsBetween, nullable } from '@tartware/kit/resources';
import { Reason } from './text.ts';

const MAX_NIGHTS = 1_100;

const range = {
  from: { ...LocalDate, description: 'the first night' },
  to: { ...LocalDate, description: 'the day after the last night' },
};

export const NewOutOfOrder = Type.Object({ room_id: Id, ...range, reason: Reason, maintenance_id: Type.Optional(Id) }, { additionalProperties: false });
export type NewOutOfOrder = Static<typeof NewOutOfOrder>;

export const OutOfOrder = Type.Object({
  id: Id, property_id: Id, room_id: Id, room_type_id: Id, ...range, reason: Reason, maintenance_id: nullable(Id), cleared_at: nullable(Moment), version: Version, created_at: Moment,
});
export type OutOfOrder = Static<typeof OutOfOrder>;

/** @throws Problem 400 when there is no night in it, too many, or only such as are over */
export function requireNights({ from, to }: { from: string; to: string }, businessDate: string): void {
  const nights = nightsBetween(from, to);
  if (nights < 1 || nights > MAX_NIGHTS || to <= businessDate) {
    throw new Problem({
      status: 400, code: 'range_invalid', message: `From ${from} to before ${to} there are ${nights} nights; the property is at ${businessDate}.`,
      hint: `"to" is the day after the last night: choose one after the business date and 1 to ${MAX_NIGHTS} days after "from".`,
    });
  }
}
