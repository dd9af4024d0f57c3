/** A reception that reserves: what tests of reservations begin with. */
import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import pg from 'pg';
import type { Answer, Api, Platform } from './platform.ts';
import { made } from './rooms-house.ts';
import type { House } from './rooms-house.ts';

export interface Reservation extends Record<string, unknown> {
  id: string;
  version: number;
  revision: number;
  status: string;
  guest_id: string;
  room_id: string | null;
  arrival: string;
  departure: string;
  total_minor: number;
}

export interface Wish {
  /** Days after the property's business date. */
  from?: number;
  nights?: number;
  guest?: string;
  key?: string;
  more?: Record<string, unknown>;
}

export async function makeGuest(api: Api, last_name = 'Lovelace'): Promise<string> {
  return String(made(await api.post('/v1/guests', { last_name })).body['id']);
}

/** What a client sends to reserve in the house; with the same wish the same body. */
export function bodyOf(house: House, guest: string, { from = 10, nights = 2, more = {} }: Wish = {}): Record<string, unknown> {
  return {
    property_id: house.propertyId, guest_id: guest, room_type_id: house.roomTypeId, rate_plan_id: house.ratePlanId,
    arrival: addDays(house.today, from), departure: addDays(house.today, from + nights), adults: 2, ...more,
  };
}

export function ask(api: Api, house: House, guest: string, wish: Wish = {}): Promise<Answer<Reservation>> {
  return api.post<Reservation>('/v1/reservations', bodyOf(house, guest, wish), { key: wish.key ?? randomUUID() });
}

/** @throws Error when it cannot be had */
export async function reserve(api: Api, house: House, guest: string, wish: Wish = {}): Promise<Reservation> {
  return made(await ask(api, house, guest, wish)).body;
}

/** @param action such as `assign-room` */
export function act(api: Api, id: string, action: string, body: unknown = {}, key: string = randomUUID()): Promise<Answer<Reservation>> {
  return api.post<Reservation>(`/v1/reservations/${id}/${action}`, body, { key });
}

export async function read(api: Api, id: string): Promise<Reservation> {
  return made(await api.get<Reservation>(`/v1/reservations/${id}`), 200).body;
}

/** Housekeeping says so of a room. */
export async function makeReady(api: Api, roomId: string, condition: 'dirty' | 'clean' | 'inspected'): Promise<void> {
  const say = (what: string): Promise<Answer> => api.patch(`/v1/housekeeping/rooms/${roomId}`, { condition: what }, { headers: { 'if-match': '*' } });
  // A step that is none, because the room is so already, is as good.
  for (const step of condition === 'inspected' ? ['clean', 'inspected'] : [condition]) await say(step);
}

/** Whoever writes to the table waits until `work` has ended, for at most the ten seconds that a service lets a statement wait. */
export async function withoutWritesTo<Result>(platform: Platform, table: string, work: () => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: platform.postgres.url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(`lock table ${table} in exclusive mode`);
    return await work();
  } finally {
    await client.end();
  }
}
