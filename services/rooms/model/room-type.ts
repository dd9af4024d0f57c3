/** A kind of room: what is sold. Which of its rooms a guest gets is decided later. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Id, Moment, Version } from '@tartware/kit/resources';
import { Active, Code, Name } from './words.ts';

const capacities = {
  capacity_adults: Type.Integer({ minimum: 1, maximum: 50, description: 'adults at most, 1 to 50', examples: [2] }),
  capacity_children: Type.Integer({ minimum: 0, maximum: 50, description: 'children at most besides them, 0 to 50', examples: [1] }),
  base_occupancy: Type.Integer({ minimum: 1, maximum: 100, description: 'persons that the rate covers; each further one costs the plan\'s supplement', examples: [2] }),
};

export const NewRoomType = Type.Object({ property_id: Id, code: Code, name: Name, ...capacities }, { additionalProperties: false });
export type NewRoomType = Static<typeof NewRoomType>;

export const RoomTypeChange = Type.Partial(Type.Object({ name: Name, ...capacities, active: Active }), { additionalProperties: false, minProperties: 1 });
export type RoomTypeChange = Static<typeof RoomTypeChange>;

export const RoomType = Type.Object({
  id: Id, property_id: Id, code: Code, name: Name, ...capacities, active: Active, version: Version, created_at: Moment, updated_at: Moment,
});
export type RoomType = Static<typeof RoomType>;

export interface Capacity {
  capacity_adults: number;
  capacity_children: number;
  base_occupancy: number;
}

export interface Occupancy {
  adults: number;
  children: number;
}

/** A child may have an adult's place, not the other way round. */
export function fits({ capacity_adults, capacity_children }: Capacity, { adults, children }: Occupancy): boolean {
  return adults <= capacity_adults && adults + children <= capacity_adults + capacity_children;
}
