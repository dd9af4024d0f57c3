-- Up Migration

-- A profile is one person to the tenant's hotels. The *_key columns are the names as they are searched: lower case, without accents, in byte order,
-- since comparing in byte order is what row level security lets an index do (LIKE and full text search are not leakproof).
create table guests (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  status text not null default 'active' check (status in ('active', 'merged', 'erased')),
  merged_into uuid,
  first_name text not null default '',
  last_name text not null,
  email text,
  phone text,
  nationality text check (nationality ~ '^[A-Z]{2}$'),
  language text,
  birth_date date,
  address jsonb,
  vip boolean not null default false,
  notes text not null default '',
  preferences jsonb not null default '{}',
  first_key text collate "C" not null default '',
  last_key text collate "C" not null default '',
  email_key text collate "C" not null default '',
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, merged_into) references guests (tenant_id, id),
  check ((status = 'merged') = (merged_into is not null)),
  check (merged_into <> id),
  -- Nothing of a person is left after erasure.
  check (status <> 'erased' or (first_name = '' and last_name = '' and email is null and phone is null and nationality is null and language is null
    and birth_date is null and address is null and notes = '' and preferences = '{}' and first_key = '' and last_key = '' and email_key = ''))
);
create index on guests (tenant_id, last_key, id);
create index on guests (tenant_id, first_key, id);
create index on guests (tenant_id, email_key, id);
create index on guests (tenant_id, merged_into) where merged_into is not null;

-- What a guest agreed to and when: never edited, the newest of a purpose holds.
create table consents (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  guest_id uuid not null,
  purpose text not null,
  granted boolean not null,
  source text not null,
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, guest_id) references guests (tenant_id, id)
);
create index on consents (tenant_id, guest_id, purpose, id desc);

alter table guests enable row level security, force row level security;
alter table consents enable row level security, force row level security;
create policy tenant on guests using (tenant_id = current_tenant());
create policy tenant on consents using (tenant_id = current_tenant());

grant select, insert, update on guests to guests_app;
grant select, insert on consents to guests_app;
-- A merged profile's consents go to the survivor.
grant update (guest_id) on consents to guests_app;

-- Down Migration
drop table consents, guests;
