import { nights, wrongPrice } from './invariant.ts';
import type { Invariant } from './invariant.ts';

export const ROOMS: readonly Invariant[] = [
  {
    name: 'inventory_is_what_is_held',
    meaning: 'Of every type and night as many rooms are sold as allocations hold.',
    needs: ['rooms'],
    sql: `with held as (
        select a.tenant_id, a.room_type_id, night::date as date, count(*)::int as rooms from rooms.allocations a, ${nights('a.arrival', 'a.held_until')} night group by 1, 2, 3
      )
      select format('type %s, night %s', room_type_id, date) as subject, format('%s sold, %s held', coalesce(i.sold, 0), coalesce(h.rooms, 0)) as found
        from rooms.inventory i full join held h using (tenant_id, room_type_id, date) where coalesce(i.sold, 0) <> coalesce(h.rooms, 0)`,
  },
  {
    name: 'inventory_never_oversold',
    meaning: 'No night is sold beyond its rooms, overbooking and those displaced since.',
    needs: ['rooms'],
    sql: `select format('type %s, night %s', room_type_id, date) as subject, format('%s sold of %s', sold, capacity - out_of_order + overbooking + displaced) as found
      from rooms.inventory where sold < 0 or sold > capacity - out_of_order + overbooking + displaced`,
  },
  {
    name: 'inventory_counts_rooms',
    meaning: 'From the business date on a night has as many rooms as are active, and as many out of order.',
    needs: ['rooms'],
    sql: `select format('type %s, night %s', i.room_type_id, i.date) as subject,
        format('capacity %s and %s out of order, counted %s and %s', i.capacity, i.out_of_order, c.capacity, c.out_of_order) as found
      from rooms.inventory i join rooms.properties p on p.tenant_id = i.tenant_id and p.id = i.property_id
      cross join lateral (
        select count(*) as capacity, count(*) filter (where exists (
            select from rooms.out_of_order o where o.tenant_id = r.tenant_id and o.room_id = r.id and o.first_date <= i.date and i.date < o.end_date)) as out_of_order
          from rooms.rooms r where r.tenant_id = i.tenant_id and r.room_type_id = i.room_type_id and r.active) c
      where i.date >= p.business_date and (i.capacity <> c.capacity or i.out_of_order <> c.out_of_order)`,
  },
  {
    name: 'allocation_is_priced',
    meaning: 'An allocation has a price for every night of the stay, and their sum.',
    needs: ['rooms'],
    sql: `select format('allocation of reservation %s', a.reservation_id) as subject, format('%s nights, total %s', jsonb_array_length(a.nights), a.total_minor) as found
      from rooms.allocations a where ${wrongPrice('a')}`,
  },
];
