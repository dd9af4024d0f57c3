-- Up Migration

-- The day that the property's books are at; the night audit moves it on. A new property begins with today where it stands.
alter table properties add column business_date date;
-- The owner sees no rows of a table whose row level security is forced.
alter table properties no force row level security;
update properties set business_date = (now() at time zone time_zone)::date;
alter table properties force row level security;
alter table properties
  alter column business_date set not null,
  add column version integer not null default 1 check (version > 0),
  add column updated_at timestamptz not null default now();

alter table memberships add column version integer not null default 1 check (version > 0);

-- A tenant sees the users that are its members; a user is made while the transaction names the e-mail address.
create policy member on users for select using (exists (select from memberships where user_id = users.id and tenant_id = current_tenant()));

grant select on tenants to core_app;
grant insert on users to core_app;
grant insert, delete on memberships to core_app;
grant update (role, version) on memberships to core_app;
grant update (name, time_zone, business_date, version, updated_at) on properties to core_app;

-- Down Migration
revoke update (name, time_zone, business_date, version, updated_at) on properties from core_app;
revoke update (role, version) on memberships from core_app;
revoke insert, delete on memberships from core_app;
revoke insert on users from core_app;
revoke select on tenants from core_app;
drop policy member on users;
alter table memberships drop column version;
alter table properties drop column business_date, drop column version, drop column updated_at;
