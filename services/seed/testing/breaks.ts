/** For every invariant a way to break it, past all constraints, that breaks no other; where one cannot be broken alone, the others are named. */

export interface Break {
  invariant: string;
  sql: string;
  /** Which cannot stay whole when this one breaks. */
  also?: readonly string[];
}

const bypassed = 'set session_replication_role = replica;';
/** Names one row: the first of those. */
const first = (from: string): string => `(select id from ${from} order by id limit 1)`;

export const BREAKS: readonly Break[] = [
  { invariant: 'inventory_is_what_is_held', sql: 'update rooms.inventory set sold = sold - 1 where (room_type_id, date) = (select room_type_id, date from rooms.inventory where sold > 0 limit 1)' },
  {
    invariant: 'inventory_never_oversold',
    sql: `alter table rooms.inventory drop constraint never_oversold, drop constraint inventory_check;
      update rooms.inventory set capacity = sold - 1 where (room_type_id, date) = (select i.room_type_id, i.date from rooms.inventory i join rooms.properties p on p.id = i.property_id where i.sold > 0 and i.date < p.business_date limit 1)`,
  },
  {
    invariant: 'inventory_counts_rooms',
    sql: `update rooms.inventory set capacity = capacity + 1 where (room_type_id, date) = (select i.room_type_id, i.date from rooms.inventory i join rooms.properties p on p.id = i.property_id where i.date > p.business_date limit 1)`,
  },
  { invariant: 'allocation_is_priced', sql: 'update rooms.allocations set total_minor = total_minor + 1 where reservation_id = (select reservation_id from rooms.allocations where closed limit 1)' },
  {
    invariant: 'one_stay_per_room_and_night',
    sql: `alter table reservations.reservations drop constraint one_stay_per_room_and_night;
      with pair as (select a.id as one, b.id as other, (select r.id from rooms.rooms r where r.room_type_id = a.room_type_id limit 1) as room_id
        from reservations.reservations a join reservations.reservations b on b.room_type_id = a.room_type_id and b.id > a.id and b.room_nights && a.room_nights
        where a.status = 'confirmed' and b.status = 'confirmed' and a.room_id is null and b.room_id is null order by a.departure desc limit 1)
      update reservations.reservations r set room_id = pair.room_id from pair where r.id in (pair.one, pair.other)`,
  },
  {
    invariant: 'one_guest_slept_in_a_room',
    sql: `update reservations.business_days set snapshot = jsonb_set(snapshot::jsonb, '{in_house,1,room_id}', snapshot::jsonb #> '{in_house,0,room_id}')
      where (property_id, date) = (select property_id, date from reservations.business_days where json_array_length(snapshot -> 'in_house') > 1 limit 1)`,
  },
  { invariant: 'history_is_whole', sql: `delete from reservations.reservation_history where version = 1 and reservation_id = ${first('reservations.reservations where status = \'checked_out\'')}` },
  { invariant: 'history_has_legal_steps', sql: `update reservations.reservation_history set status = 'in_house' where version = 1 and reservation_id = ${first('reservations.reservations where status = \'checked_out\'')}` },
  { invariant: 'reservation_is_priced', sql: `update reservations.reservations set total_minor = total_minor + 1 where id = ${first('reservations.reservations where status = \'cancelled\'')}` },
  { invariant: 'fee_is_of_the_policy', sql: `update reservations.reservations set cancellation_fee_minor = cancellation_fee_minor + 1 where id = ${first('reservations.reservations where cancellation_fee_minor > 0')}` },
  {
    invariant: 'days_are_closed_in_turn',
    sql: 'insert into reservations.business_days (tenant_id, property_id, date, snapshot) select tenant_id, id, business_date, \'{"in_house":[]}\' from reservations.properties limit 1',
  },
  { invariant: 'balance_is_of_the_entries', sql: `update billing.folios set balance_minor = balance_minor + 1 where id = ${first('billing.folios where status = \'open\'')}` },
  {
    invariant: 'closed_folio_is_settled',
    sql: `alter table billing.folios drop constraint folios_check2; alter table billing.folios drop constraint if exists folios_check1;
      update billing.folios set status = 'closed', settlement = 'paid', closed_at = now() where id = ${first('billing.folios where status = \'open\' and balance_minor > 0')}`,
  },
  {
    invariant: 'posting_is_entered',
    sql: `${bypassed} update billing.postings set net_minor = net_minor + 1, gross_minor = gross_minor + 1
      where id = ${first('billing.postings p where kind = \'charge\' and not exists (select from billing.invoice_postings i where i.posting_id = p.id)')}`,
  },
  {
    invariant: 'room_charged_once_a_night',
    sql: `with broken as (select audit_id, reservation_id from billing.night_audit_rooms where status = 'posted' limit 1),
        freed as (update billing.night_audit_rooms r set status = 'free' from broken b where r.audit_id = b.audit_id and r.reservation_id = b.reservation_id returning r.audit_id)
      update billing.night_audits a set totals = jsonb_set(totals, '{rooms}', to_jsonb((totals ->> 'rooms')::int - 1)) from freed where a.id = freed.audit_id`,
  },
  {
    invariant: 'one_audit_per_business_date',
    sql: `insert into billing.night_audits (tenant_id, property_id, business_date, status, step, completed_at, totals)
      select tenant_id, id, business_date - 999, 'completed', 'done', now(), '{"rooms":0,"revenue_minor":0,"balance_minor":0}' from billing.properties limit 1`,
  },
  { invariant: 'audit_adds_up', sql: `update billing.night_audits set totals = jsonb_set(totals, '{rooms}', '12345') where id = ${first('billing.night_audits')}` },
  {
    invariant: 'summed_days_are_of_the_entries',
    sql: `${bypassed} update billing.ledger_days set debit_minor = debit_minor + 1 where ctid = (select ctid from billing.ledger_days limit 1)`,
  },
  { invariant: 'payments_are_in_the_ledger', sql: `update billing.payments set amount_minor = amount_minor + 1, captured_minor = captured_minor + 1 where id = ${first('billing.payments where status = \'captured\'')}` },
  { invariant: 'invoice_numbers_have_no_gap', sql: 'update billing.invoice_numbers set last = last + 1 where property_id = (select property_id from billing.invoice_numbers limit 1)' },
  { invariant: 'invoice_adds_up', sql: `${bypassed} update billing.invoices set net_minor = net_minor + 1, gross_minor = gross_minor + 1 where id = ${first('billing.invoices')}` },
  { invariant: 'one_cleaning_per_check_out', sql: `delete from housekeeping.tasks where id = ${first('housekeeping.tasks')}` },
  { invariant: 'occupied_by_who_is_in_house', sql: `update housekeeping.rooms set occupied_by = null where id = ${first('housekeeping.rooms where occupied_by is not null')}` },
  { invariant: 'housekeeping_knows_the_rooms', sql: `update housekeeping.rooms set number = 'X1' where id = ${first('housekeeping.rooms')}` },
  { invariant: 'setting_has_its_versions', sql: 'update settings.settings set version = 2 where (scope_id, key) = (select scope_id, key from settings.settings limit 1)' },
  { invariant: 'business_date_agrees:rooms', sql: `update rooms.properties set business_date = business_date - 1 where id = ${first('rooms.properties')}` },
  { invariant: 'business_date_agrees:reservations', also: ['days_are_closed_in_turn'], sql: `update reservations.properties set business_date = business_date + 1 where id = ${first('reservations.properties')}` },
  { invariant: 'business_date_agrees:billing', sql: `update billing.properties set business_date = business_date + 1 where id = ${first('billing.properties')}` },
  { invariant: 'business_date_agrees:housekeeping', sql: `update housekeeping.properties set business_date = business_date + 1 where id = ${first('housekeeping.properties')}` },
  {
    invariant: 'reservation_holds_its_nights',
    sql: `update rooms.allocations set revision = revision + 5 where reservation_id = ${first('reservations.reservations where status = \'confirmed\'')}`,
  },
  { invariant: 'nothing_is_held_for_nobody', sql: `update rooms.allocations set closed = false where reservation_id = ${first('reservations.reservations where status = \'cancelled\'')}` },
  {
    invariant: 'reservation_has_one_folio',
    sql: `${bypassed} delete from billing.folios where id = ${first('billing.folios f where status = \'open\' and not exists (select from billing.postings p where f.id in (p.folio_id, p.counter_folio_id))')}`,
  },
  { invariant: 'who_has_left_has_paid', sql: `update billing.folios set status = 'open', settlement = null, closed_at = null where id = ${first('billing.folios where status = \'closed\'')}` },
  {
    invariant: 'fee_is_charged_once',
    sql: `update reservations.reservations set cancellation_fee_minor = (cancellation_policy #>> '{cancellation_fee,amount_minor}')::bigint
      where id = ${first('reservations.reservations where status = \'cancelled\' and cancellation_fee_minor = 0')}`,
  },
  {
    invariant: 'audit_has_who_was_in_house',
    sql: `update reservations.business_days set snapshot = snapshot::jsonb #- '{in_house,0}'
      where (property_id, date) = (select property_id, date from reservations.business_days where json_array_length(snapshot -> 'in_house') > 0 limit 1)`,
  },
  {
    invariant: 'events_are_in_order:reservations',
    sql: 'update reservations.outbox set version = 99 where sequence = (select min(o.sequence) from reservations.outbox o where exists (select from reservations.outbox n where n.aggregate_id = o.aggregate_id and n.sequence > o.sequence))',
  },
];

/** Rows whose references are changed to what nobody has; other invariants look at the same rows and see it as well. */
export function breakReference(name: string): string {
  const [table, column] = splitReference(name);
  return `${bypassed} update ${table} set ${column} = uuidv7() where ctid = (select ctid from ${table} where ${column} is not null limit 1)`;
}

export function breakProperty(name: string): string {
  const [table, column] = splitReference(name);
  const target = { room_type_id: 'room_types', rate_plan_id: 'rate_plans', room_id: 'rooms' }[column];
  return `${bypassed} update ${table} r set ${column} = (select t.id from rooms.${target} t where t.property_id <> r.property_id limit 1) where ctid = (select ctid from ${table} where ${column} is not null limit 1)`;
}

function splitReference(name: string): [string, string] {
  const [, path = ''] = name.split(':');
  const dot = path.lastIndexOf('.');
  return [path.slice(0, dot), path.slice(dot + 1)];
}
