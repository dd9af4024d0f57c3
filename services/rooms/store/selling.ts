/** All that offers and allocations need to know of some nights, in one statement. */
import type { Statement } from '@tartware/kit/database';
import { nightsOf } from '@tartware/kit/resources';
import type { Selling } from '../model/selling.ts';
import { LEFT } from './inventory.ts';
import type { Reader } from './reader.ts';

/**
 * The nights come as an array, not as a series that PostgreSQL takes for a thousand rows: it then sees that a plan of its own for each request (1.8 ms with the
 * planning) is not worth it (0.6 ms with one for all).
 */
const LOAD: Statement = {
  operation: 'selling.load',
  text: `select json_build_object(
    'property', (select json_build_object('time_zone', time_zone, 'currency', currency, 'business_date', business_date) from properties where id = $1),
    'types', coalesce((select json_agg(json_build_object('id', t.id, 'code', t.code, 'name', t.name, 'active', t.active,
        'capacity_adults', t.capacity_adults, 'capacity_children', t.capacity_children, 'base_occupancy', t.base_occupancy, 'left', (
          select json_object_agg(night, coalesce(${LEFT.replaceAll(/\w+/g, 'i.$&')}, c.capacity - c.out_of_order))
          from unnest($6::date[]) night
          left join inventory i on i.tenant_id = t.tenant_id and i.room_type_id = t.id and i.date = night and i.date >= $2 and i.date < $3
          left join lateral count_rooms(t.id, night) c on i.date is null)))
      from room_types t where t.property_id = $1 and ($4::uuid is null or t.id = $4)), '[]'),
    'plans', coalesce((select json_agg(json_build_object('id', id, 'code', code, 'name', name, 'active', active, 'cancellation', cancellation,
        'extra_adult_minor', extra_adult_minor, 'extra_child_minor', extra_child_minor))
      from rate_plans where property_id = $1 and ($5::uuid is null or id = $5)), '[]'),
    'rates', coalesce((select json_agg(json_build_object('room_type_id', room_type_id, 'rate_plan_id', rate_plan_id, 'amounts', amounts)) from (
        select room_type_id, rate_plan_id, json_object_agg(date, amount_minor) as amounts from rates
        where property_id = $1 and date >= $2 and date < $3 and ($4::uuid is null or room_type_id = $4) and ($5::uuid is null or rate_plan_id = $5)
        group by room_type_id, rate_plan_id) priced), '[]'),
    'restrictions', coalesce((select json_agg(json_build_object('date', date, 'room_type_id', room_type_id, 'rate_plan_id', rate_plan_id, 'closed', closed,
        'closed_to_arrival', closed_to_arrival, 'closed_to_departure', closed_to_departure, 'min_stay', min_stay, 'max_stay', max_stay,
        'min_advance_days', min_advance_days, 'max_advance_days', max_advance_days))
      from restrictions where property_id = $1 and date between $2 and $3 and ($4::uuid is null or coalesce(room_type_id, $4) = $4)
        and ($5::uuid is null or coalesce(rate_plan_id, $5) = $5)), '[]')) as selling`,
};

export interface SellingQuery {
  property_id: string;
  arrival: string;
  departure: string;
  room_type_id?: string;
  rate_plan_id?: string;
}

export async function loadSelling(reader: Reader, { property_id, arrival, departure, room_type_id, rate_plan_id }: SellingQuery): Promise<Selling> {
  const [row] = await reader.query<{ selling: Selling }>(LOAD, [property_id, arrival, departure, room_type_id ?? null, rate_plan_id ?? null, nightsOf(arrival, departure)]);
  if (!row) throw new Error('A statement without a from clause has one row.');
  return row.selling;
}
