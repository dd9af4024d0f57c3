/** What the load works on: rows that are there, and guests who are due to arrive, in rooms of their own. */
import { randomUUID } from 'node:crypto';
import { addDays } from '@tartware/kit/resources';
import { BenchError } from '../errors.ts';
import type { System } from './system.ts';

export interface Sellable {
  property_id: string;
  room_type_id: string;
  rate_plan_id: string;
  /** Without a restriction on the night, with rooms left. */
  nights: readonly string[];
}

export interface Stock {
  properties: readonly { id: string; business_date: string }[];
  reservations: readonly string[];
  folios: readonly { id: string; currency: string }[];
  guests: readonly string[];
  names: readonly string[];
  sellable: readonly Sellable[];
  /** Confirmed reservations of today with a clean, empty room; each can be used once. */
  arrivals: string[];
}

const SAMPLE = 4_000;

export async function takeStock(system: System, arrivals: number): Promise<Stock> {
  const { sql } = system;
  const ids = async (text: string): Promise<string[]> => (await sql<{ id: string }>(text)).map(({ id }) => id);
  const properties = await sql<{ id: string; business_date: string }>('select id, business_date::text from rooms.properties where exists (select from rooms.room_types t where t.property_id = properties.id)');
  const [home] = properties;
  if (!home) throw new BenchError('NOT_SEEDED', 'The database has no hotels.', 'See what the seed said.');
  return {
    properties,
    reservations: await ids(`select id from reservations.reservations where status not in ('requested', 'rejected') order by md5(id::text) limit ${SAMPLE}`),
    folios: await sql('select id, currency from billing.folios where status = \'open\' and kind = \'guest\' order by md5(id::text) limit 2000'),
    guests: await ids(`select id from guests.guests order by md5(id::text) limit ${SAMPLE}`),
    names: (await sql<{ name: string }>('select left(last_key, 5) as name from guests.guests where length(last_key) > 4 order by md5(id::text) limit 500')).map(({ name }) => name),
    sellable: await sellableNights(system),
    arrivals: await makeArrivals(system, home, arrivals),
  };
}

/** The double rooms of each property under its flexible plan. */
function sellableNights({ sql }: System): Promise<Sellable[]> {
  return sql<Sellable>(`
    select t.property_id, t.id as room_type_id, p.id as rate_plan_id, array_agg(r.date::text order by r.date) as nights
      from rooms.room_types t join rooms.rate_plans p on p.property_id = t.property_id and p.code = 'FLEX'
      join rooms.rates r on r.room_type_id = t.id and r.rate_plan_id = p.id
      join rooms.properties h on h.id = t.property_id and r.date >= h.business_date + 40 and r.date < h.business_date + 360
      left join rooms.inventory i on i.room_type_id = t.id and i.date = r.date
      where t.code = 'DBL' and coalesce(i.sold, 0) * 2 < (select count(*) from rooms.rooms o where o.room_type_id = t.id)
        and not exists (select from rooms.restrictions x where x.property_id = t.property_id and x.date in (r.date, r.date + 1) and x.rate_plan_id is null)
      group by 1, 2, 3`);
}

/** Straight into the schemas: through the routes it would take longer than the measuring. The checker looks at them in the end. */
async function makeArrivals({ sql, tenantId }: System, { id: property, business_date }: Stock['properties'][number], count: number): Promise<string[]> {
  const type = randomUUID();
  const departure = addDays(business_date, 1);
  const nights = JSON.stringify([{ date: business_date, amount_minor: 10_000 }]);
  await sql('insert into rooms.room_types (tenant_id, id, property_id, code, name, capacity_adults, capacity_children, base_occupancy) values ($1, $2, $3, \'ARR\', \'Arrivals\', 2, 0, 2)', [tenantId, type, property]);
  const rows = await sql<{ id: string }>(`
    with plan as (select p.id, p.currency from rooms.rate_plans p where p.property_id = $3 and p.code = 'FLEX'),
    policy as (select cancellation_policy as value from reservations.reservations where property_id = $3 and status = 'confirmed' limit 1),
    made as materialized (select uuidv7() as room, uuidv7() as id, n, (select id from guests.guests where tenant_id = $1 limit 1) as guest from generate_series(1, $7::int) n),
    rooms as (insert into rooms.rooms (tenant_id, id, property_id, room_type_id, number, floor) select $1, room, $3, $2, 'Z' || n, 20 from made),
    housekeeping as (insert into housekeeping.rooms (tenant_id, id, property_id, room_type_id, number, floor, condition) select $1, room, $3, $2, 'Z' || n, 20, 'inspected' from made),
    inventory as (insert into rooms.inventory (tenant_id, property_id, room_type_id, date, capacity, sold) values ($1, $3, $2, $4, $7, $7)),
    allocations as (insert into rooms.allocations (tenant_id, reservation_id, revision, property_id, room_type_id, rate_plan_id, arrival, departure, held_until, adults, children, currency, nights, total_minor, cancellation_policy)
      select $1, made.id, 1, $3, $2, plan.id, $4, $5, $5, 1, 0, plan.currency, $6, 10000, policy.value from made, plan, policy),
    folios as (insert into billing.folios (tenant_id, property_id, kind, name, reservation_id, reservation_version, guest_id, arrival, departure, currency) select $1, $3, 'guest', '', made.id, 1, made.guest, $4, $5, plan.currency from made, plan)
    insert into reservations.reservations (tenant_id, id, property_id, guest_id, status, revision, last_revision, room_type_id, rate_plan_id, room_id, arrival, departure, room_nights, adults, children, currency, nights, total_minor,
        cancellation_policy, source, changed_by)
      select $1, made.id, $3, made.guest, 'confirmed', 1, 1, $2, plan.id, made.room, $4, $5, daterange($4, $5), 1, 0, plan.currency, $6, 10000, policy.value, 'direct', 'bench' from made, plan, policy returning id`,
  [tenantId, type, property, business_date, departure, nights, count]);
  return rows.map(({ id }) => id);
}
