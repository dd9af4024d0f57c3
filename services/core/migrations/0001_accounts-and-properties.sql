-- Up Migration

-- Policies read two settings of the transaction: app.tenant_id (from the verified token) and, while somebody signs in, app.sign_in_email
-- and then app.user_id. Unset they are null and show nothing. They bind every role, the owner too; what a role may do at all is granted below.
create or replace function current_tenant() returns uuid language sql stable
  return nullif(current_setting('app.tenant_id', true), '')::uuid;
create function current_user_id() returns uuid language sql stable
  return nullif(current_setting('app.user_id', true), '')::uuid;
create function sign_in_email() returns text language sql stable
  return nullif(current_setting('app.sign_in_email', true), '');

create table tenants (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now()
);

create table users (
  id uuid primary key default uuidv7(),
  email text not null unique check (email = lower(email) and length(email) <= 254),
  password_hash text not null,
  created_at timestamptz not null default now()
);

create table memberships (
  tenant_id uuid not null references tenants,
  user_id uuid not null references users,
  role text not null check (role in ('manager', 'operator', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
create index on memberships (user_id);

create table properties (
  tenant_id uuid not null references tenants,
  id uuid not null default uuidv7(),
  code text not null check (code ~ '^[A-Z0-9]{2,12}$'),
  name text not null check (length(name) between 1 and 200),
  time_zone text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, code)
);

alter table tenants enable row level security, force row level security;
alter table users enable row level security, force row level security;
alter table memberships enable row level security, force row level security;
alter table properties enable row level security, force row level security;

create policy tenant on tenants using (id = current_tenant());
create policy sign_in on users using (email = sign_in_email());
create policy tenant_or_self on memberships
  using (tenant_id = current_tenant() or user_id = current_user_id())
  with check (tenant_id = current_tenant());
create policy tenant on properties using (tenant_id = current_tenant());

grant select on users, memberships to core_app;
grant select, insert on properties to core_app;

-- Down Migration
drop table properties, memberships, users, tenants;
drop function current_user_id, sign_in_email;
