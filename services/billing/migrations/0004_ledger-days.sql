-- Up Migration

-- Days that a night audit has counted, summed by account, so that a trial balance does not grow with the years. No entry is dated into such a day.
alter table properties add column summed_through date;

create table ledger_days (
  tenant_id uuid not null,
  property_id uuid not null,
  business_date date not null,
  account account_code not null,
  currency text not null,
  debit_minor bigint not null check (debit_minor >= 0),
  credit_minor bigint not null check (credit_minor >= 0),
  primary key (tenant_id, property_id, business_date, account, currency),
  foreign key (tenant_id, property_id) references properties
);

create function refuse_summed_day() returns trigger language plpgsql set search_path from current as $$
begin
  perform 1 from added join properties on properties.tenant_id = added.tenant_id and properties.id = added.property_id
    where added.business_date <= properties.summed_through;
  if found then
    raise exception 'the day is closed' using errcode = 'check_violation', constraint = 'day_open';
  end if;
  return null;
end $$;
create trigger day_open after insert on ledger_entries referencing new table as added for each statement execute function refuse_summed_day();
create trigger append_only before update or delete or truncate on ledger_days for each statement execute function refuse_change();

alter table ledger_days enable row level security, force row level security;
create policy tenant on ledger_days using (tenant_id = current_tenant());
grant select, insert on ledger_days to billing_app;

-- Down Migration
drop trigger day_open on ledger_entries;
drop function refuse_summed_day;
drop table ledger_days;
alter table properties drop column summed_through;
