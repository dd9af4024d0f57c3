/** The list of reservations: one prepared statement for each set of filters that is asked for. */
import type { Database, Statement } from '@tartware/kit/database';
import type { Reservation } from '../model/reservation.ts';
import { COLUMNS } from './reservations.ts';

/** Filter to condition; `$` is its parameter. The name of a statement is made of the numbers of its filters. */
const CONDITIONS = {
  property_id: 'r.property_id = $',
  guest_id: 'r.guest_id = $',
  room_id: 'r.room_id = $',
  group_id: 'r.group_id = $',
  status: 'r.status = any ($)',
  arrival_from: 'r.arrival >= $',
  arrival_to: 'r.arrival <= $',
  departure_from: 'r.departure >= $',
  departure_to: 'r.departure <= $',
  cursor: 'r.id > $',
} as const;
export type ListFilters = Partial<Record<Exclude<keyof typeof CONDITIONS, 'status'>, string>> & { status: readonly string[] };

const FILTERS = Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[];
const statements = new Map<string, Statement>();

/** @returns by id, which is by the time of making, at most `limit` */
export function listReservations(database: Pick<Database, 'read'>, tenantId: string, filters: ListFilters, limit: number): Promise<Reservation[]> {
  const used = FILTERS.filter((filter) => filters[filter] !== undefined);
  return database.read<Reservation>(tenantId, statementFor(used), [limit, ...used.map((filter) => filters[filter])]);
}

function statementFor(used: readonly (keyof typeof CONDITIONS)[]): Statement {
  const operation = `reservations.list.${used.map((filter) => FILTERS.indexOf(filter)).join('')}`;
  const known = statements.get(operation);
  if (known) {
    return known;
  }
  const conditions = used.map((filter, index) => CONDITIONS[filter].replace('$', () => `$${index + 2}`));
  const made = { operation, text: `select ${COLUMNS} from reservations r${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''} order by r.id limit $1` };
  statements.set(operation, made);
  return made;
}
