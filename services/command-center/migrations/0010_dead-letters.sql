-- Up Migration

-- Events that a consumer gave up on, as they lie in Kafka's topic of dead letters.
create table dead_letters (
  tenant_id uuid not null,
  id uuid not null,
  consumer text not null,
  status text not null default 'open' check (status in ('open', 'replayed', 'discarded')),
  attempts integer not null,
  error_code text not null,
  error_message text not null,
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  key text not null,
  value text not null,
  version integer not null default 1,
  failed_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by text,
  primary key (tenant_id, id),
  check ((status = 'open') = (resolved_at is null))
);
create index on dead_letters (tenant_id, status, failed_at, id);

alter table dead_letters enable row level security, force row level security;
create policy tenant on dead_letters using (tenant_id = current_tenant());
grant select, insert, update on dead_letters to command_center_app;

-- Down Migration
drop table dead_letters;
