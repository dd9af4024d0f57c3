/** The last room: many clients at once, of whom exactly one may win. */
import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { addDays } from '@tartware/kit/resources';
import { BenchError } from '../errors.ts';
import { percentile } from './open-load.ts';
import type { Stock } from './stock.ts';
import type { System } from './system.ts';

export interface ContestResult {
  rounds: number;
  clients: number;
  /** Rounds in which exactly one won and all others heard that it is sold out. */
  fair: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

export async function lastRoom(system: System, { properties, guests }: Stock, rounds: number, clients: number): Promise<ContestResult> {
  const [home] = properties;
  if (!home) throw new BenchError('NOT_SEEDED', 'The database has no hotels.', 'See what the seed said.');
  const pool = new Pool(system.gatewayUrl, { connections: clients, pipelining: 1 });
  const ask = async (role: 'operator' | 'manager', method: 'POST' | 'PUT', path: string, body: object): Promise<{ status: number; body: Record<string, string> }> => {
    const headers = { authorization: `Bearer ${system.token(role)}`, 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const answer = await pool.request({ method, path, headers, body: JSON.stringify(body) });
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, string> };
  };
  try {
    const arrival = addDays(home.business_date, 100);
    const house = await buildRoom(ask, home.id, arrival, rounds);
    const latencies: number[] = [];
    let fair = 0;
    for (let round = 0; round < rounds; round += 1) {
      const stay = { ...house, property_id: home.id, arrival: addDays(arrival, round), departure: addDays(arrival, round + 1), adults: 1, children: 0 };
      const began = performance.now();
      const answers = await Promise.all(Array.from({ length: clients }, async (_, client) => {
        const { status, body } = await ask('operator', 'POST', '/v1/reservations', { ...stay, guest_id: guests[client % guests.length] ?? '' });
        latencies.push(performance.now() - began);
        return status === 201 ? 'won' : status === 409 && body['code'] === 'sold_out' ? 'lost' : `${status} ${body['code']}`;
      }));
      if (answers.filter((answer) => answer === 'won').length === 1 && answers.filter((answer) => answer === 'lost').length === clients - 1) fair += 1;
      else console.error(`round ${round + 1}: ${[...new Set(answers)].join(', ')}`);
    }
    const sorted = Float64Array.from(latencies).sort();
    return { rounds, clients, fair, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99), maxMs: percentile(sorted, 1) };
  } finally {
    await pool.close();
  }
}

type Ask = (role: 'manager', method: 'POST' | 'PUT', path: string, body: object) => Promise<{ status: number; body: Record<string, string> }>;

async function buildRoom(ask: Ask, property_id: string, from: string, nights: number): Promise<{ room_type_id: string; rate_plan_id: string }> {
  const made = async (method: 'POST' | 'PUT', path: string, body: object): Promise<string> => {
    const answer = await ask('manager', method, path, { property_id, ...body });
    if (answer.status >= 300) throw new BenchError('CONTEST_NOT_BUILT', `${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`, 'Look at the route.');
    return answer.body['id'] ?? '';
  };
  const cancellation = { free_until_days: 1, free_until_time: '18:00', fee: { kind: 'none' }, no_show_fee: { kind: 'none' } };
  const room_type_id = await made('POST', '/v1/room-types', { code: 'LAST', name: 'The last room', capacity_adults: 2, capacity_children: 0, base_occupancy: 2 });
  const rate_plan_id = await made('POST', '/v1/rate-plans', { code: 'LAST', name: 'Contest', cancellation });
  await made('POST', '/v1/rooms', { room_type_id, number: 'LAST1', floor: 9 });
  await made('PUT', '/v1/rates', { room_type_id, rate_plan_id, from, to: addDays(from, nights), amount_minor: 10_000 });
  return { room_type_id, rate_plan_id };
}
