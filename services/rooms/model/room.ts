/** A room with a door and a number. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Id, Moment, Version } from '@tartware/kit/resources';
import { Active } from './words.ts';
import { RoomType } from './room-type.ts';

const fields = {
  room_type_id: Id,
  number: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 ./-]{0,11}$', description: '1 to 12 letters, digits, spaces and . / -, unique in the property', examples: ['101'] }),
  floor: Type.Integer({ minimum: -20, maximum: 200, description: '-20 to 200', examples: [1] }),
  features: Type.Array(Type.String({ pattern: '^[a-z0-9_]{1,40}$', description: '1 to 40 small letters, digits and _' }), { maxItems: 50, uniqueItems: true, examples: [['balcony', 'sea_view']] }),
};

export const NewRoom = Type.Object({
  property_id: Id, room_type_id: fields.room_type_id, number: fields.number, floor: fields.floor, features: Type.Optional(fields.features),
}, { additionalProperties: false });
export type NewRoom = Static<typeof NewRoom>;

export const RoomChange = Type.Partial(Type.Object({ ...fields, active: Active }), { additionalProperties: false, minProperties: 1 });
export type RoomChange = Static<typeof RoomChange>;

export const Room = Type.Object({ id: Id, property_id: Id, ...fields, active: Active, version: Version, created_at: Moment, updated_at: Moment });
export type Room = Static<typeof Room>;

/** As other services ask for it. */
export const RoomWithType = Type.Object({ ...Room.properties, room_type: RoomType });
export type RoomWithType = Static<typeof RoomWithType>;
