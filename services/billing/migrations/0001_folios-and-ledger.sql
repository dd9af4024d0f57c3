-- Up Migration

-- What the ledger needs to know of a property: core has the truth, its business date moves on here when the night audit is through.
-- Every posting holds this row `for share` until it commits, so no posting slips into a day after its audit has counted it.
create table properties (
  tenant_id uuid not null,
  id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  business_date date not null,
  primary key (tenant_id, id),
  unique (tenant_id, id, currency)
);

-- The chart of accounts. A domain, not a table: a foreign key to a handful of rows would have every posting lock the same few tuples.
create domain account_code as text check (
  value in ('guest_ledger', 'city_ledger', 'deposits', 'cash', 'card_clearing', 'bank', 'write_off',
    'room_revenue', 'food_beverage_revenue', 'other_revenue', 'cancellation_revenue')
  or value ~ '^tax_payable:[a-z0-9_]{1,40}$'
);

create function is_folio_account(account text) returns boolean language sql immutable
  return account in ('guest_ledger', 'city_ledger', 'deposits');

create table folios (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  version integer not null default 1 check (version >= 1),
  property_id uuid not null,
  kind text not null check (kind in ('guest', 'house', 'group', 'city_ledger')),
  name text not null check (length(name) <= 200),
  reservation_id uuid,
  -- The newest version of the reservation whose guest and dates these are; 0 while none was heard of.
  reservation_version bigint not null default 0,
  group_id uuid,
  guest_id uuid,
  arrival date,
  departure date,
  currency text not null,
  status text not null default 'open' check (status in ('open', 'closed')),
  settlement text check (settlement in ('paid', 'city_ledger')),
  -- Kept by the trigger below and by nothing else; what JavaScript cannot hold exactly is refused.
  balance_minor bigint not null default 0 check (balance_minor between -9007199254740991 and 9007199254740991),
  deposit_minor bigint not null default 0 check (deposit_minor between -9007199254740991 and 9007199254740991),
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, id, property_id, currency),
  -- One property, one currency.
  foreign key (tenant_id, property_id, currency) references properties (tenant_id, id, currency),
  check (kind <> 'guest' or reservation_id is not null),
  check ((status = 'closed') = (closed_at is not null) and (status = 'closed') = (settlement is not null)),
  -- A closed folio is settled.
  check (status = 'open' or (balance_minor = 0 and deposit_minor = 0))
);
create unique index folios_of_reservation on folios (tenant_id, reservation_id, kind);
create index folios_of_property on folios (tenant_id, property_id, status, id);
create index folios_of_guest on folios (tenant_id, guest_id) where guest_id is not null;

-- What somebody did: a charge with its taxes, a payment, a refund, a transfer. Its entries stand or fall together.
create table postings (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  folio_id uuid not null,
  -- The other folio of a transfer.
  counter_folio_id uuid,
  kind text not null check (kind in ('charge', 'payment', 'refund', 'transfer', 'settlement', 'deposit_applied', 'reversal')),
  charge_kind text check (charge_kind in ('room', 'food_beverage', 'other', 'cancellation_fee')),
  source text not null check (source in ('user', 'night_audit', 'cancellation')),
  description text not null check (length(description) <= 500),
  reservation_id uuid,
  business_date date not null,
  currency text not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  gross_minor bigint not null,
  taxes jsonb not null default '[]',
  reverses uuid,
  created_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  -- Each is reversed at most once.
  unique (tenant_id, reverses),
  foreign key (tenant_id, reverses) references postings,
  foreign key (tenant_id, folio_id, property_id, currency) references folios (tenant_id, id, property_id, currency),
  foreign key (tenant_id, counter_folio_id, property_id, currency) references folios (tenant_id, id, property_id, currency),
  check (net_minor + tax_minor = gross_minor),
  check ((kind = 'reversal') = (reverses is not null)),
  check (kind <> 'charge' or charge_kind is not null),
  check (source = 'user' or reservation_id is not null)
);
create index postings_of_folio on postings (tenant_id, folio_id, id);
create index postings_of_counter_folio on postings (tenant_id, counter_folio_id, id) where counter_folio_id is not null;
-- The night audit charges a room once per night, a cancelled booking its fee once, whatever is run or delivered again.
create unique index room_once_a_night on postings (tenant_id, property_id, business_date, reservation_id)
  where source = 'night_audit' and kind = 'charge' and charge_kind = 'room';
create unique index fee_once on postings (tenant_id, reservation_id) where source = 'cancellation' and kind = 'charge';

-- Double entry: one row is a debit and a credit of the same amount in the same currency, so an imbalance cannot be written down.
create table ledger_entries (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  posting_id uuid not null,
  property_id uuid not null,
  business_date date not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor between 1 and 9007199254740991),
  debit_account account_code not null,
  debit_folio_id uuid,
  credit_account account_code not null,
  credit_folio_id uuid,
  reverses uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, reverses),
  foreign key (tenant_id, reverses) references ledger_entries,
  foreign key (tenant_id, posting_id) references postings,
  -- An entry is of the property and the currency of the folios it touches.
  foreign key (tenant_id, debit_folio_id, property_id, currency) references folios (tenant_id, id, property_id, currency),
  foreign key (tenant_id, credit_folio_id, property_id, currency) references folios (tenant_id, id, property_id, currency),
  check (is_folio_account(debit_account) = (debit_folio_id is not null)),
  check (is_folio_account(credit_account) = (credit_folio_id is not null)),
  check (debit_account <> credit_account or debit_folio_id <> credit_folio_id)
);
create index entries_of_posting on ledger_entries (tenant_id, posting_id);
create index entries_of_day on ledger_entries (tenant_id, property_id, business_date)
  include (currency, debit_account, credit_account, amount_minor);
create index entries_by_debit_folio on ledger_entries (tenant_id, debit_folio_id) where debit_folio_id is not null;
create index entries_by_credit_folio on ledger_entries (tenant_id, credit_folio_id) where credit_folio_id is not null;

-- A reversal is its original with the sides changed, and is not itself reversed.
create function check_reversal() returns trigger language plpgsql set search_path from current as $$
begin
  perform 1 from ledger_entries original
    where original.tenant_id = new.tenant_id and original.id = new.reverses and original.reverses is null
      and original.amount_minor = new.amount_minor and original.currency = new.currency and original.property_id = new.property_id
      and original.debit_account = new.credit_account and original.credit_account = new.debit_account
      and original.debit_folio_id is not distinct from new.credit_folio_id and original.credit_folio_id is not distinct from new.debit_folio_id;
  if not found then
    raise exception 'the entry does not mirror the one it reverses' using errcode = 'check_violation', constraint = 'reversal_mirrors';
  end if;
  return new;
end $$;
create trigger reversal_mirrors before insert on ledger_entries for each row when (new.reverses is not null) execute function check_reversal();

-- The balances of the folios follow their entries in the same statement. A folio that is not open takes none: the statement fails.
-- It runs as the owner, since the service's role may not write balances itself.
create function keep_balances() returns trigger language plpgsql security definer set search_path from current as $$
declare
  touched integer;
  kept integer;
begin
  with sides as (
    select tenant_id, debit_folio_id as folio_id, amount_minor as amount, case when debit_account = 'deposits' then -amount_minor else 0 end as deposit
      from added where debit_folio_id is not null
    union all
    select tenant_id, credit_folio_id, -amount_minor, case when credit_account = 'deposits' then amount_minor else 0 end
      from added where credit_folio_id is not null
  ), moved as (
    select tenant_id, folio_id, sum(amount)::bigint as amount, sum(deposit)::bigint as deposit from sides group by tenant_id, folio_id
  ), changed as (
    update folios set balance_minor = balance_minor + moved.amount, deposit_minor = deposit_minor + moved.deposit
      from moved where folios.tenant_id = moved.tenant_id and folios.id = moved.folio_id and folios.status = 'open'
      returning 1
  )
  select (select count(*) from moved), (select count(*) from changed) into touched, kept;
  if touched <> kept then
    raise exception 'a folio that is not open takes no entry' using errcode = 'check_violation', constraint = 'folio_open';
  end if;
  return null;
end $$;
create trigger folio_balances after insert on ledger_entries referencing new table as added for each statement execute function keep_balances();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on ledger_entries for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on postings for each statement execute function refuse_change();

alter table properties enable row level security, force row level security;
alter table folios enable row level security, force row level security;
alter table postings enable row level security, force row level security;
alter table ledger_entries enable row level security, force row level security;

create policy tenant on properties using (tenant_id = current_tenant());
create policy tenant on folios using (tenant_id = current_tenant());
create policy tenant on postings using (tenant_id = current_tenant());
create policy tenant on ledger_entries using (tenant_id = current_tenant());

grant select, insert, update on properties to billing_app;
grant select, insert on folios, postings, ledger_entries to billing_app;
grant update (version, name, reservation_version, guest_id, group_id, arrival, departure, status, settlement, closed_at) on folios to billing_app;

-- Down Migration
drop table ledger_entries, postings, folios, properties;
drop function check_reversal, keep_balances, refuse_change, is_folio_account;
drop domain account_code;
