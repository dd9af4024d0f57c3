-- Up Migration

-- What every service's schema has, whoever owns it. `migrate` runs this folder before the service's own; the schema is the first of the search path,
-- and its role is named after it.

-- The tenant of the transaction; null, and so equal to nothing, when none is set.
create or replace function current_tenant() returns uuid language sql stable
  return nullif(current_setting('app.tenant_id', true), '')::uuid;

-- Events that are not yet in Kafka, written in the transaction that has the effect. The relay reads them in order of `sequence` and deletes what was
-- taken. Versions of one aggregate are in order, since whoever writes one holds the aggregate's row; between aggregates no order is promised.
create table outbox (
  sequence bigint generated always as identity primary key,
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  type text not null check (type ~ '^[a-z_]+\.[a-z_]+$'),
  aggregate_id uuid not null,
  version bigint not null check (version >= 1),
  property_id uuid,
  data jsonb not null,
  trace text,
  occurred_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Events that took effect here.
create table inbox (
  tenant_id uuid not null,
  consumer text not null,
  event_id uuid not null,
  received_at timestamptz not null default now(),
  primary key (tenant_id, consumer, event_id)
);
create index on inbox using brin (received_at);

-- The newest version of an aggregate that took effect here: an older one that comes late is left out.
create table aggregate_versions (
  tenant_id uuid not null,
  consumer text not null,
  aggregate_id uuid not null,
  version bigint not null check (version >= 1),
  primary key (tenant_id, consumer, aggregate_id)
);

-- What was answered to a request with an idempotency key, written in the transaction that has the effect. `json` keeps the body as it was.
create table idempotency_keys (
  tenant_id uuid not null,
  key text not null check (length(key) between 8 and 128),
  request_hash bytea not null,
  status smallint not null check (status between 200 and 399),
  body json,
  headers jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (tenant_id, key)
);
create index on idempotency_keys using brin (created_at);

alter table outbox enable row level security, force row level security;
alter table inbox enable row level security, force row level security;
alter table aggregate_versions enable row level security, force row level security;
alter table idempotency_keys enable row level security, force row level security;

create policy tenant on outbox using (tenant_id = current_tenant());
create policy tenant on inbox using (tenant_id = current_tenant());
create policy tenant on aggregate_versions using (tenant_id = current_tenant());
create policy tenant on idempotency_keys using (tenant_id = current_tenant());

-- The relay works for all tenants: it may look and take away, and write nothing.
create policy relay_reads on outbox for select using (current_setting('app.relay', true) = 'on');
create policy relay_deletes on outbox for delete using (current_setting('app.relay', true) = 'on');
-- So do those who clear away what is old.
create policy relay_reads on inbox for select using (current_setting('app.relay', true) = 'on');
create policy relay_deletes on inbox for delete using (current_setting('app.relay', true) = 'on');
create policy relay_reads on idempotency_keys for select using (current_setting('app.relay', true) = 'on');
create policy relay_deletes on idempotency_keys for delete using (current_setting('app.relay', true) = 'on');

do $$ begin
  execute format('grant select, insert, delete on outbox, inbox, idempotency_keys to %I', current_schema() || '_app');
  execute format('grant select, insert, update on aggregate_versions to %I', current_schema() || '_app');
end $$;

-- Down Migration
drop table outbox, inbox, aggregate_versions, idempotency_keys;
