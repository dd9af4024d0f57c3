import type { Invariant } from './invariant.ts';

export const HOUSEKEEPING: readonly Invariant[] = [
  {
    name: 'one_cleaning_per_check_out',
    meaning: 'Every guest who has left leaves exactly one cleaning task, and nobody else one.',
    needs: ['housekeeping', 'reservations'],
    eventual: true,
    sql: `with tasks as (select tenant_id, reservation_id as id, count(*) as tasks from housekeeping.tasks where kind = 'checkout_clean' and reservation_id is not null group by 1, 2),
      gone as (select tenant_id, id from reservations.reservations where status = 'checked_out')
      select format('reservation %s', id) as subject, format('%s, %s cleaning tasks', case when g is null then 'not checked out' else 'checked out' end, coalesce(t.tasks, 0)) as found
        from gone g full join tasks t using (tenant_id, id) where g is null or t.tasks is distinct from 1`,
  },
  {
    name: 'occupied_by_who_is_in_house',
    meaning: 'Housekeeping has in a room the reservation that is in house there, and no other.',
    needs: ['housekeeping', 'reservations'],
    eventual: true,
    sql: `with in_house as (select tenant_id, room_id as id, id as reservation_id from reservations.reservations where status = 'in_house')
      select format('room %s', id) as subject, format('occupied by %s, in house %s', coalesce(r.occupied_by::text, 'nobody'), coalesce(s.reservation_id::text, 'nobody')) as found
        from housekeeping.rooms r full join in_house s using (tenant_id, id) where r.occupied_by is distinct from s.reservation_id`,
  },
  {
    name: 'housekeeping_knows_the_rooms',
    meaning: 'Housekeeping has the rooms that there are, as they are.',
    needs: ['housekeeping', 'rooms'],
    eventual: true,
    sql: `select format('room %s', id) as subject, format('%s there, %s here', coalesce(r.number, 'nothing'), coalesce(h.number, 'nothing')) as found
      from rooms.rooms r full join housekeeping.rooms h using (tenant_id, id)
      where (r.property_id, r.room_type_id, r.number, r.floor, r.active) is distinct from (h.property_id, h.room_type_id, h.number, h.floor, h.active)`,
  },
];
