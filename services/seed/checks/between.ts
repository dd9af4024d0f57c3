/** What must agree between services. */
import type { Invariant } from './invariant.ts';

const ACTIVE = `('confirmed', 'in_house')`;

const KEEP_THE_DATE = ['rooms', 'reservations', 'billing', 'housekeeping'] as const;

export const BETWEEN: readonly Invariant[] = [
  ...KEEP_THE_DATE.map((schema): Invariant => ({
    name: `business_date_agrees:${schema}`,
    meaning: `In ${schema} a property is at the business date that core has.`,
    needs: ['core', schema],
    eventual: true,
    sql: `select format('property %s', c.id) as subject, format('%s, in core %s', k.business_date, c.business_date) as found
      from core.properties c join ${schema}.properties k on k.tenant_id = c.tenant_id and k.id = c.id where k.business_date <> c.business_date`,
  })),
  {
    name: 'reservation_holds_its_nights',
    meaning: 'A reservation that is to be or is in house holds its nights, at its price.',
    needs: ['reservations', 'rooms'],
    sql: `select format('reservation %s', r.id) as subject, format('revision %s of %s to %s, held %s', r.revision, r.arrival, r.departure,
        case when a is null then 'nothing' else format('revision %s of %s to %s%s', a.revision, a.arrival, a.held_until, case when a.closed then ', given back' else '' end) end) as found
      from reservations.reservations r left join rooms.allocations a on a.tenant_id = r.tenant_id and a.reservation_id = r.id
      where r.status in ${ACTIVE} and r.operation_id is null and (a is null or a.closed or a.held_until <> r.departure
        or (a.revision, a.property_id, a.room_type_id, a.rate_plan_id, a.arrival, a.departure, a.adults, a.children, a.total_minor, a.nights)
          is distinct from (r.revision, r.property_id, r.room_type_id, r.rate_plan_id, r.arrival, r.departure, r.adults, r.children, r.total_minor, r.nights))`,
  },
  {
    name: 'nothing_is_held_for_nobody',
    meaning: 'Who has cancelled, left or never came to be holds no night that is still to come.',
    needs: ['reservations', 'rooms'],
    eventual: true,
    sql: `select format('allocation of reservation %s', a.reservation_id) as subject, format('reservation %s, held from %s to %s', coalesce(r.status, 'unknown'), a.arrival, a.held_until) as found
      from rooms.allocations a join rooms.properties p on p.tenant_id = a.tenant_id and p.id = a.property_id
      left join reservations.reservations r on r.tenant_id = a.tenant_id and r.id = a.reservation_id
      where (r is null or r.status not in ${ACTIVE} and r.operation_id is null) and (not a.closed or a.held_until > greatest(a.arrival, p.business_date))`,
  },
  {
    name: 'reservation_has_one_folio',
    meaning: 'Every reservation that was announced has one guest folio, of the same property, guest and currency.',
    needs: ['reservations', 'billing'],
    eventual: true,
    sql: `select format('reservation %s', r.id) as subject, format('%s guest folios', (select count(*) from billing.folios o where o.tenant_id = r.tenant_id and o.reservation_id = r.id and o.kind = 'guest')) as found
      from reservations.reservations r where r.status not in ('requested', 'rejected') and not exists (
        select from billing.folios f where f.tenant_id = r.tenant_id and f.reservation_id = r.id and f.kind = 'guest' and f.property_id = r.property_id and f.currency = r.currency)`,
  },
  {
    name: 'who_has_left_has_paid',
    meaning: 'The guest folio of a reservation that is checked out is closed.',
    needs: ['reservations', 'billing'],
    sql: `select format('reservation %s', r.id) as subject, format('folio %s', coalesce(f.status, 'missing')) as found
      from reservations.reservations r left join billing.folios f on f.tenant_id = r.tenant_id and f.reservation_id = r.id and f.kind = 'guest'
      where r.status = 'checked_out' and f.status is distinct from 'closed'`,
  },
  {
    name: 'fee_is_charged_once',
    meaning: 'Who owes a fee for cancelling or not coming is charged it once, and nobody else.',
    needs: ['reservations', 'billing'],
    eventual: true,
    sql: `with charged as (select tenant_id, reservation_id as id, count(*) as times from billing.postings where source = 'cancellation' and kind = 'charge' group by 1, 2),
      due as (select tenant_id, id, cancellation_fee_minor as fee from reservations.reservations where cancellation_fee_minor > 0)
      select format('reservation %s', id) as subject, format('fee %s, charged %s times', coalesce(d.fee, 0), coalesce(c.times, 0)) as found
        from due d full join charged c using (tenant_id, id) where d is null or c.times is distinct from 1`,
  },
  {
    name: 'audit_has_who_was_in_house',
    meaning: 'A night audit has the rooms that reservations named when it closed the day.',
    needs: ['reservations', 'billing'],
    sql: `with told as (
        select d.tenant_id, d.property_id, d.date as business_date, (slept ->> 'reservation_id')::uuid as reservation_id from reservations.business_days d, json_array_elements(d.snapshot -> 'in_house') slept
          where exists (select from billing.night_audits a where a.tenant_id = d.tenant_id and a.property_id = d.property_id and a.business_date = d.date and a.status = 'completed')
      ), audited as (
        select a.tenant_id, a.property_id, a.business_date, r.reservation_id from billing.night_audits a join billing.night_audit_rooms r on r.tenant_id = a.tenant_id and r.audit_id = a.id where a.status = 'completed'
      )
      select format('reservation %s, night %s', reservation_id, business_date) as subject, case when t is null then 'audited only' else 'not audited' end as found
        from told t full join audited a using (tenant_id, property_id, business_date, reservation_id) where t is null or a is null`,
  },
];
