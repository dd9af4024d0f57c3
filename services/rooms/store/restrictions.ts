/** Restrictions by night; a night without any has no row. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { CalendarQuery } from '../model/calendar.ts';
import type { Restriction, RestrictionValues } from '../model/restriction.ts';
import type { Reader } from './reader.ts';

const VALUES = 'closed, closed_to_arrival, closed_to_departure, min_stay, max_stay, min_advance_days, max_advance_days';
/** Sorts before every id. */
const NIL = '00000000-0000-0000-0000-000000000000';

const LIST: Statement = {
  operation: 'restrictions.list',
  text: `select date, room_type_id, rate_plan_id, ${VALUES} from restrictions
    where property_id = $1 and date >= $2 and date < $3 and ($4::uuid is null or room_type_id = $4) and ($5::uuid is null or rate_plan_id = $5)
      and ($6::date is null or (date, coalesce(room_type_id, '${NIL}'), coalesce(rate_plan_id, '${NIL}')) > ($6, $7::uuid, $8::uuid))
    order by date, coalesce(room_type_id, '${NIL}'), coalesce(rate_plan_id, '${NIL}') limit $9`,
};
const NIGHTS = 'select night::date as date from generate_series($4::date, $5::date - 1, interval \'1 day\') night where $6::int[] is null or extract(isodow from night) = any($6)';
/** In the order of the dates: two ranges that overlap wait for each other, not in a circle. */
const PUT: Statement = {
  operation: 'restrictions.put',
  text: `insert into restrictions (tenant_id, property_id, room_type_id, rate_plan_id, date, ${VALUES})
    select current_tenant(), $1, $2, $3, date, $7, $8, $9, $10, $11, $12, $13 from (${NIGHTS}) nights order by date
    on conflict (tenant_id, property_id, date, room_type_id, rate_plan_id)
    do update set (${VALUES}) = row(${VALUES.split(', ').map((value) => `excluded.${value}`).join(', ')})
    returning date`,
};
const CLEAR: Statement = {
  operation: 'restrictions.clear',
  text: `with doomed as (
      select date from restrictions where property_id = $1 and room_type_id is not distinct from $2::uuid and rate_plan_id is not distinct from $3::uuid
        and date in (${NIGHTS}) order by date for update)
    delete from restrictions r using doomed where r.property_id = $1 and r.room_type_id is not distinct from $2::uuid
      and r.rate_plan_id is not distinct from $3::uuid and r.date = doomed.date returning r.date`,
};

/** @param after date, type and plan (NIL for null) of the last one seen */
export function listRestrictions(reader: Reader, query: Omit<CalendarQuery, 'cursor'>, after: readonly [string, string, string] | undefined): Promise<Restriction[]> {
  const { property_id, from, to, room_type_id, rate_plan_id, limit } = query;
  return reader.query<Restriction>(LIST, [property_id, from, to, room_type_id ?? null, rate_plan_id ?? null, ...(after ?? [null, null, null]), limit + 1]);
}

export function restrictionKey({ date, room_type_id, rate_plan_id }: Restriction): [string, string, string] {
  return [date, room_type_id ?? NIL, rate_plan_id ?? NIL];
}

export interface RestrictionScope {
  property_id: string;
  room_type_id?: string;
  rate_plan_id?: string;
  from: string;
  to: string;
  weekdays?: number[];
}

const scopeValues = ({ property_id, room_type_id, rate_plan_id, from, to, weekdays }: RestrictionScope) => [property_id, room_type_id ?? null, rate_plan_id ?? null, from, to, weekdays ?? null];

/** @returns how many nights were written */
export async function putRestrictions(transaction: Transaction, scope: RestrictionScope, values: RestrictionValues): Promise<number> {
  const { closed, closed_to_arrival, closed_to_departure, min_stay, max_stay, min_advance_days, max_advance_days } = values;
  const written = await transaction.query(PUT, [...scopeValues(scope), closed, closed_to_arrival, closed_to_departure, min_stay, max_stay, min_advance_days, max_advance_days]);
  return written.length;
}

/** @returns how many nights had one */
export async function clearRestrictions(transaction: Transaction, scope: RestrictionScope): Promise<number> {
  const cleared = await transaction.query(CLEAR, scopeValues(scope));
  return cleared.length;
}
