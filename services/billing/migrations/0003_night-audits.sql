-- Up Migration

-- One run per property and business date. `step` says what comes next, so that a run whose process was killed goes on where it was.
create table night_audits (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  business_date date not null,
  status text not null default 'running' check (status in ('running', 'completed', 'failed')),
  step text not null default 'close_day' check (step in ('close_day', 'post_rooms', 'advance_date', 'done')),
  no_shows integer not null default 0,
  -- Since its last step was done; and when it is tried again, later after each time in vain.
  attempts integer not null default 0,
  retry_at timestamptz not null default now(),
  -- Why it does not go on: { code, message, hint, step }.
  problem jsonb,
  totals jsonb,
  started_by uuid,
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, property_id, business_date),
  foreign key (tenant_id, property_id) references properties,
  check ((status = 'completed') = (step = 'done') and (status = 'completed') = (completed_at is not null and totals is not null))
);
create index night_audits_running on night_audits (started_at) where status = 'running';

-- Who was in the house, as reservations closed the day, and what became of the night.
create table night_audit_rooms (
  tenant_id uuid not null,
  audit_id uuid not null,
  reservation_id uuid not null,
  room_id uuid,
  guest_id uuid,
  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null,
  status text not null default 'waiting' check (status in ('waiting', 'posted', 'free', 'refused')),
  -- Why it was refused: { code, message }.
  problem jsonb,
  primary key (tenant_id, audit_id, reservation_id),
  foreign key (tenant_id, audit_id) references night_audits
);
create index night_audit_rooms_waiting on night_audit_rooms (tenant_id, audit_id, reservation_id) where status = 'waiting';

alter table night_audits enable row level security, force row level security;
alter table night_audit_rooms enable row level security, force row level security;

create policy tenant on night_audits using (tenant_id = current_tenant());
create policy tenant on night_audit_rooms using (tenant_id = current_tenant());
-- The job that carries the runs on works for all tenants: it may look which there are, and does the rest as the tenant of each.
create policy auditor on night_audits for select using (current_setting('app.auditor', true) = 'on');

grant select, insert on night_audits, night_audit_rooms to billing_app;
grant update (status, step, no_shows, attempts, retry_at, problem, totals, completed_at) on night_audits to billing_app;
grant update (status, problem) on night_audit_rooms to billing_app;

-- Down Migration
drop table night_audit_rooms, night_audits;
