/** Rates: the price of one night under one plan in one type of room. */
import type { Statement, Transaction } from '@tartware/kit/database';
import type { CalendarQuery, Rate, RateRange } from '../model/calendar.ts';
import type { Reader } from './reader.ts';

const LIST: Statement = {
  operation: 'rates.list',
  text: `select r.date, r.room_type_id, r.rate_plan_id, r.amount_minor, p.currency from rates r join rate_plans p on p.id = r.rate_plan_id
    where r.property_id = $1 and r.date >= $2 and r.date < $3 and ($4::uuid is null or r.room_type_id = $4) and ($5::uuid is null or r.rate_plan_id = $5)
      and ($6::date is null or (r.date, r.room_type_id, r.rate_plan_id) > ($6, $7::uuid, $8::uuid))
    order by r.date, r.room_type_id, r.rate_plan_id limit $9`,
};
/** In the order of the dates: two ranges that overlap wait for each other, not in a circle. */
const PUT: Statement = {
  operation: 'rates.put',
  text: `insert into rates (tenant_id, property_id, room_type_id, rate_plan_id, date, amount_minor)
    select current_tenant(), $1, $2, $3, night::date, $6 from generate_series($4::date, $5::date - 1, interval '1 day') night
      where $7::int[] is null or extract(isodow from night) = any($7) order by night
    on conflict (tenant_id, room_type_id, rate_plan_id, date) do update set amount_minor = excluded.amount_minor
    returning date`,
};

/** @param after date, type and plan of the last one seen */
export function listRates(reader: Reader, query: Omit<CalendarQuery, 'cursor'>, after: readonly [string, string, string] | undefined): Promise<Rate[]> {
  const { property_id, from, to, room_type_id, rate_plan_id, limit } = query;
  return reader.query<Rate>(LIST, [property_id, from, to, room_type_id ?? null, rate_plan_id ?? null, ...(after ?? [null, null, null]), limit + 1]);
}

/** Type and plan must be the property's. @returns how many nights were written */
export async function putRates(transaction: Transaction, { property_id, room_type_id, rate_plan_id, from, to, amount_minor, weekdays }: RateRange): Promise<number> {
  const written = await transaction.query(PUT, [property_id, room_type_id, rate_plan_id, from, to, amount_minor, weekdays ?? null]);
  return written.length;
}
