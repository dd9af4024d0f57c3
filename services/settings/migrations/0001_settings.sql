-- Up Migration

-- What a setting is set to, for the tenant as a whole (scope_id is the tenant's id) or for one property (scope_id is the property's).
-- A value of JSON null means: not set here, what stands above holds.
create table settings (
  tenant_id uuid not null,
  scope_id uuid not null,
  key text not null check (key ~ '^[a-z_]+\.[a-z_]+$'),
  id uuid not null default uuidv7(),
  value jsonb not null,
  version integer not null default 1 check (version > 0),
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (tenant_id, scope_id, key)
);

-- Every value that ever held: rows are added, never changed.
create table setting_versions (
  tenant_id uuid not null,
  scope_id uuid not null,
  key text not null,
  version integer not null,
  value jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null default now(),
  primary key (tenant_id, scope_id, key, version),
  foreign key (tenant_id, scope_id, key) references settings (tenant_id, scope_id, key)
);

alter table settings enable row level security, force row level security;
alter table setting_versions enable row level security, force row level security;
create policy tenant on settings using (tenant_id = current_tenant());
create policy tenant on setting_versions using (tenant_id = current_tenant());

grant select, insert on settings, setting_versions to settings_app;
grant update (value, version, changed_by, changed_at) on settings to settings_app;

-- Down Migration
drop table setting_versions, settings;
