import { wrongPrice } from './invariant.ts';
import type { Invariant } from './invariant.ts';

export const RESERVATIONS: readonly Invariant[] = [
  {
    name: 'one_stay_per_room_and_night',
    meaning: 'No two reservations that are to be or are in house have one room in one night.',
    needs: ['reservations'],
    sql: `select format('room %s', one.room_id) as subject, format('reservations %s and %s', one.id, other.id) as found
      from reservations.reservations one join reservations.reservations other
        on other.tenant_id = one.tenant_id and other.room_id = one.room_id and other.id > one.id and other.room_nights && one.room_nights
      where one.status in ('confirmed', 'in_house') and other.status in ('confirmed', 'in_house')`,
  },
  {
    name: 'one_guest_slept_in_a_room',
    meaning: 'In no night that is over two guests slept in one room.',
    needs: ['reservations'],
    sql: `select format('room %s, night %s', slept ->> 'room_id', d.date) as subject, format('%s stays', count(*)) as found
      from reservations.business_days d, json_array_elements(d.snapshot -> 'in_house') slept group by d.tenant_id, d.property_id, d.date, slept ->> 'room_id' having count(*) > 1`,
  },
  {
    name: 'history_is_whole',
    meaning: 'Every version of a reservation is in its history, the newest with its status.',
    needs: ['reservations'],
    sql: `select format('reservation %s', r.id) as subject, format('version %s %s, history of %s to %s', r.version, r.status, h.versions, coalesce(h.status, 'nothing')) as found
      from reservations.reservations r cross join lateral (
        select count(*) as versions, max(version) as newest, (array_agg(status order by version desc))[1] as status
          from reservations.reservation_history h where h.tenant_id = r.tenant_id and h.reservation_id = r.id) h
      where r.status not in ('requested', 'rejected') and (h.versions <> r.version or h.newest <> r.version or h.status <> r.status)`,
  },
  {
    name: 'history_has_legal_steps',
    meaning: 'A reservation begins confirmed (or is cancelled at once) and goes in house and out, or is cancelled or a no-show.',
    needs: ['reservations'],
    sql: `select format('reservation %s, version %s', reservation_id, version) as subject, format('%s after %s', status, coalesce(before, 'nothing')) as found
      from (select *, lag(status) over (partition by tenant_id, reservation_id order by version) as before from reservations.reservation_history) h
      where (coalesce(before, ''), status) not in (('', 'confirmed'), ('', 'cancelled'), ('confirmed', 'confirmed'), ('confirmed', 'in_house'), ('confirmed', 'cancelled'), ('confirmed', 'no_show'),
        ('in_house', 'in_house'), ('in_house', 'checked_out'))`,
  },
  {
    name: 'reservation_is_priced',
    meaning: 'A reservation has a price for every night of the stay, and their sum.',
    needs: ['reservations'],
    sql: `select format('reservation %s', r.id) as subject, format('%s nights, total %s', jsonb_array_length(r.nights), r.total_minor) as found
      from reservations.reservations r where r.status not in ('requested', 'rejected') and ${wrongPrice('r')}`,
  },
  {
    name: 'fee_is_of_the_policy',
    meaning: 'Who cancels or does not come pays nothing, or what the policy fixed at booking says.',
    needs: ['reservations'],
    sql: `select format('reservation %s', id) as subject, format('%s with a fee of %s', status, cancellation_fee_minor) as found
      from reservations.reservations where status in ('cancelled', 'no_show') and cancellation_fee_minor not in (0,
        (cancellation_policy -> case status when 'cancelled' then 'cancellation_fee' else 'no_show_fee' end ->> 'amount_minor')::bigint)`,
  },
  {
    name: 'days_are_closed_in_turn',
    meaning: 'Every day from the first one closed to the one before the business date is closed.',
    needs: ['reservations'],
    sql: `select format('property %s', p.id) as subject, format('%s days closed from %s to %s, the property is at %s', d.days, d.first, d.last, p.business_date) as found
      from reservations.properties p cross join lateral (
        select count(*) as days, min(date) as first, max(date) as last from reservations.business_days d where d.tenant_id = p.tenant_id and d.property_id = p.id) d
      where d.days > 0 and (d.last <> p.business_date - 1 or d.days <> d.last - d.first + 1)`,
  },
];
