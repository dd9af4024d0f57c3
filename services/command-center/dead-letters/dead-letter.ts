/** An event that a consumer gave up on, as it is looked at and dealt with. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Id, Moment, Version, choice, nullable } from '@tartware/kit/resources';

export const STATUSES = ['open', 'replayed', 'discarded'] as const;
export const Status = choice(STATUSES, { examples: ['open'] });

export const DeadLetter = Type.Object({
  id: Id,
  consumer: Type.String({ description: '<service>/<consumer> that could not handle it', examples: ['billing/reservations'] }),
  status: Status,
  attempts: Type.Integer({ minimum: 1 }),
  error: Type.Object({ code: Type.String({ examples: ['room_gone'] }), message: Type.String() }),
  record: Type.Object({
    topic: Type.String({ examples: ['tartware.reservations.events'] }), partition: Type.Integer({ minimum: 0 }), offset: Type.Integer({ minimum: 0 }),
    key: Type.String(), value: Type.String({ description: 'the event, as it was sent' }),
  }),
  version: Version,
  failed_at: Moment,
  resolved_at: nullable(Moment),
  resolved_by: nullable(Type.String({ description: 'the user who replayed or discarded it' })),
});
export type DeadLetter = Static<typeof DeadLetter>;
