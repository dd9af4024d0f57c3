-- Up Migration

-- Commands in the order in which they were sent: their ids grow. One row from its acceptance to its end; what it did is at the service that did it,
-- under the idempotency key `command-<id>`, so that however often it is tried it takes effect once.
create table commands (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  batch_id uuid not null,
  schedule_id uuid,
  command text not null,
  target uuid,
  payload jsonb not null,
  if_version integer check (if_version >= 0),
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  run_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  lease_until timestamptz,
  attempts integer not null default 0,
  answer jsonb,
  problem jsonb,
  requested_by text not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant_id, id),
  check ((status = 'running') = (lease_until is not null)),
  check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null))
);
create index on commands (next_attempt_at) where status in ('queued', 'running');
create index on commands (tenant_id, target, id) where status in ('queued', 'running');
create index on commands (tenant_id, batch_id, id);
create index on commands (tenant_id, status, id);

create table schedules (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  name text not null check (length(name) between 1 and 200),
  cron text not null,
  time_zone text not null,
  command text not null,
  target uuid,
  payload jsonb not null,
  requested_by text not null,
  next_run_at timestamptz not null,
  last_run_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, name)
);
create index on schedules (next_run_at);
-- A schedule's command of a moment exists once, whoever makes it.
create unique index on commands (tenant_id, schedule_id, run_at) where schedule_id is not null;

alter table commands enable row level security, force row level security;
alter table schedules enable row level security, force row level security;
create policy tenant on commands using (tenant_id = current_tenant());
create policy tenant on schedules using (tenant_id = current_tenant());
-- Workers look for what is due in all tenants; they then work for one at a time.
create policy worker_reads on commands for select using (current_setting('app.worker', true) = 'on');
create policy worker_claims on commands for update using (current_setting('app.worker', true) = 'on');
create policy worker_reads on schedules for select using (current_setting('app.worker', true) = 'on');

grant select, insert, update on commands to command_center_app;
grant select, insert, update, delete on schedules to command_center_app;

-- Down Migration
drop table schedules, commands;
