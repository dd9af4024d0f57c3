-- Up Migration

-- What is levied on a kind of charge from a date on. A rule is replaced by one of a later date; a rate of 0 ends it.
create table tax_rules (
  tenant_id uuid not null,
  property_id uuid not null,
  charge_kind text not null check (charge_kind in ('room', 'food_beverage', 'other', 'cancellation_fee')),
  code text not null check (code ~ '^[a-z0-9_]{1,40}$'),
  valid_from date not null,
  name text not null check (length(name) between 1 and 100),
  method text not null check (method in ('percent', 'fixed')),
  -- Parts per million: 8.875 % is 88750.
  rate_ppm integer not null check (rate_ppm between 0 and 1000000),
  amount_minor bigint not null check (amount_minor between 0 and 1000000000000),
  inclusive boolean not null,
  primary key (tenant_id, property_id, charge_kind, code, valid_from),
  foreign key (tenant_id, property_id) references properties,
  check (case method when 'percent' then amount_minor = 0 else rate_ppm = 0 end)
);

create table payments (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  version integer not null default 1 check (version >= 1),
  property_id uuid not null,
  folio_id uuid not null,
  method text not null check (method in ('cash', 'card', 'bank', 'write_off')),
  status text not null check (status in ('authorised', 'captured', 'partly_refunded', 'refunded', 'voided')),
  currency text not null,
  amount_minor bigint not null check (amount_minor >= 1),
  captured_minor bigint not null default 0,
  refunded_minor bigint not null default 0,
  reference text not null default '' check (length(reference) <= 200),
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, folio_id, property_id, currency) references folios (tenant_id, id, property_id, currency),
  -- Never more back than was taken, never more taken than was promised.
  check (0 <= refunded_minor and refunded_minor <= captured_minor and captured_minor <= amount_minor),
  check (case status
    when 'authorised' then captured_minor = 0
    when 'voided' then captured_minor = 0
    when 'captured' then captured_minor > 0 and refunded_minor = 0
    when 'partly_refunded' then refunded_minor > 0 and refunded_minor < captured_minor
    when 'refunded' then captured_minor > 0 and refunded_minor = captured_minor
  end)
);
create index payments_of_folio on payments (tenant_id, folio_id, id);

-- One row per property, locked from the moment a number is taken until the document is committed: no gap, no doubling.
create table invoice_numbers (
  tenant_id uuid not null,
  property_id uuid not null,
  last bigint not null check (last >= 1),
  primary key (tenant_id, property_id),
  foreign key (tenant_id, property_id) references properties
);

create table invoices (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  folio_id uuid not null,
  number bigint not null check (number >= 1),
  kind text not null check (kind in ('invoice', 'credit_note')),
  -- The invoice that a credit note takes back; at most one does.
  credits uuid,
  business_date date not null,
  currency text not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  gross_minor bigint not null,
  -- The whole document as it was issued. `json`, not `jsonb`: to the letter.
  document json not null,
  issued_by uuid,
  issued_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, property_id, number),
  unique (tenant_id, credits),
  foreign key (tenant_id, credits) references invoices,
  foreign key (tenant_id, folio_id, property_id, currency) references folios (tenant_id, id, property_id, currency),
  check ((kind = 'credit_note') = (credits is not null)),
  check (net_minor + tax_minor = gross_minor)
);
create index invoices_of_folio on invoices (tenant_id, folio_id, id);

-- A charge is on one document at most.
create table invoice_postings (
  tenant_id uuid not null,
  posting_id uuid not null,
  invoice_id uuid not null,
  primary key (tenant_id, posting_id),
  foreign key (tenant_id, posting_id) references postings,
  foreign key (tenant_id, invoice_id) references invoices
);
create index postings_of_invoice on invoice_postings (tenant_id, invoice_id);

create trigger append_only before update or delete or truncate on invoices for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on invoice_postings for each statement execute function refuse_change();

alter table tax_rules enable row level security, force row level security;
alter table payments enable row level security, force row level security;
alter table invoice_numbers enable row level security, force row level security;
alter table invoices enable row level security, force row level security;
alter table invoice_postings enable row level security, force row level security;

create policy tenant on tax_rules using (tenant_id = current_tenant());
create policy tenant on payments using (tenant_id = current_tenant());
create policy tenant on invoice_numbers using (tenant_id = current_tenant());
create policy tenant on invoices using (tenant_id = current_tenant());
create policy tenant on invoice_postings using (tenant_id = current_tenant());

grant select, insert, delete on tax_rules to billing_app;
grant select, insert on payments, invoices, invoice_postings to billing_app;
grant update (version, status, captured_minor, refunded_minor, updated_at) on payments to billing_app;
grant select, insert, update on invoice_numbers to billing_app;

-- Down Migration
drop table invoice_postings, invoices, invoice_numbers, payments, tax_rules;
