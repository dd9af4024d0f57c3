-- Up Migration

-- Guests that were merged into others, each with the one who is left in the end: events of one chain may come in any order, and a reservation that was
-- being made when they came must not keep the old id.
create table guest_merges (
  tenant_id uuid not null,
  from_id uuid not null,
  into_id uuid not null check (into_id <> from_id),
  primary key (tenant_id, from_id)
);
create index on guest_merges (tenant_id, into_id);
alter table guest_merges enable row level security, force row level security;
create policy tenant on guest_merges using (tenant_id = current_tenant());
grant select, insert, update on guest_merges to reservations_app;

-- Down Migration
drop table guest_merges;
