/** A hotel with something to sell, made through the API: what tests of rooms, and of all that is built on it, begin with. */
import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import type { Answer, Api } from './platform.ts';

export interface House {
  propertyId: string;
  roomTypeId: string;
  ratePlanId: string;
  /** By number, from 101 up. */
  roomIds: string[];
  /** The property's business date. */
  today: string;
}

export interface HouseOptions {
  rooms?: number;
  /** Of each night in `nights` from the business date on; minor units. */
  amount?: number;
  nights?: number;
  type?: Record<string, unknown>;
  plan?: Record<string, unknown>;
}

const unique = (prefix: string): string => `${prefix}${randomUUID().slice(0, 8).toUpperCase()}`;

/** @param property id of a property of the tenant; the house gets a type of its own in it */
export async function buildHouse(api: Api, property: string, { rooms = 1, amount = 10_000, nights = 400, type = {}, plan = {} }: HouseOptions = {}): Promise<House> {
  const today = String(made(await api.get(`/v1/properties/${property}`), 200).body['business_date']);
  const roomTypeId = await makeType(api, property, type);
  const ratePlanId = await makePlan(api, property, plan);
  const roomIds: string[] = [];
  for (let room = 0; room < rooms; room += 1) roomIds.push(await makeRoom(api, property, roomTypeId));
  if (nights > 0) made(await api.put('/v1/rates', { property_id: property, room_type_id: roomTypeId, rate_plan_id: ratePlanId, from: today, to: addDays(today, nights), amount_minor: amount }), 200);
  return { propertyId: property, roomTypeId, ratePlanId, roomIds, today };
}

export async function makeType(api: Api, property: string, type: Record<string, unknown> = {}): Promise<string> {
  const body = { property_id: property, code: unique('T'), name: 'Double', capacity_adults: 2, capacity_children: 1, base_occupancy: 2, ...type };
  return String(made(await api.post('/v1/room-types', body)).body['id']);
}

export async function makePlan(api: Api, property: string, plan: Record<string, unknown> = {}): Promise<string> {
  const cancellation = { free_until_days: 1, free_until_time: '18:00', fee: { kind: 'first_night' }, no_show_fee: { kind: 'full_stay' } };
  return String(made(await api.post('/v1/rate-plans', { property_id: property, code: unique('P'), name: 'Flexible', cancellation, ...plan })).body['id']);
}

export async function makeRoom(api: Api, property: string, roomTypeId: string, room: Record<string, unknown> = {}): Promise<string> {
  return String(made(await api.post('/v1/rooms', { property_id: property, room_type_id: roomTypeId, number: unique('R'), floor: 1, ...room })).body['id']);
}

/** @throws Error with the answer when its status is another */
export function made<Body>(answer: Answer<Body>, status = 201): Answer<Body> {
  if (answer.status !== status) throw new Error(`Answered ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  return answer;
}
