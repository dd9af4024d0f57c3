-- Up Migration

-- For the exclusion constraint below, which compares ids with = beside nights with &&. A trusted extension: whoever may create objects in this database may
-- create it (`grant create on database … to <owner>`, as for the schema itself). Where that right is not given, a superuser runs this line once before.
-- Another service's migration may create it at the same moment, which is as good.
do $$ begin
  create extension if not exists btree_gist;
exception when duplicate_object or unique_violation then null;
end $$;

-- This service's own copy of a property: taken from core when first seen. The business date here is moved by the close of a day and by nothing else.
create table properties (
  tenant_id uuid not null,
  id uuid not null,
  time_zone text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  business_date date not null,
  primary key (tenant_id, id)
);

-- What the close of a day answered, to be answered again.
create table business_days (
  tenant_id uuid not null,
  property_id uuid not null,
  date date not null,
  snapshot json not null,
  closed_at timestamptz not null default now(),
  primary key (tenant_id, property_id, date),
  foreign key (tenant_id, property_id) references properties
);

create table groups (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  mode text not null check (mode in ('all_or_nothing', 'as_available')),
  status text not null check (status in ('requested', 'confirmed', 'rejected', 'cancelled')),
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, property_id) references properties
);
create index on groups (tenant_id, property_id, id);

-- `operation_id` is the change over several services that is under way: while it is there nothing else may change the reservation.
-- `last_revision` counts the allocations ever asked of rooms, `revision` is the one that holds.
-- `room_nights` are the nights that the room is kept for: those of the stay, and while a longer one is being asked for, those as well.
create table reservations (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  guest_id uuid not null,
  group_id uuid,
  status text not null check (status in ('requested', 'rejected', 'confirmed', 'in_house', 'checked_out', 'cancelled', 'no_show')),
  version integer not null default 1 check (version > 0),
  revision integer not null default 0 check (revision >= 0),
  last_revision integer not null default 0 check (last_revision >= revision),
  room_type_id uuid not null,
  rate_plan_id uuid not null,
  room_id uuid,
  arrival date not null,
  departure date not null,
  room_nights daterange not null,
  adults smallint not null check (adults between 1 and 50),
  children smallint not null check (children between 0 and 50),
  currency text check (currency ~ '^[A-Z]{3}$'),
  nights jsonb,
  total_minor bigint check (total_minor >= 0),
  cancellation_policy jsonb,
  cancellation_fee_minor bigint check (cancellation_fee_minor >= 0),
  source text not null,
  operation_id uuid,
  changed_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, property_id) references properties,
  foreign key (tenant_id, group_id) references groups,
  check (arrival < departure),
  check (room_nights @> daterange(arrival, departure)),
  check (status in ('requested', 'rejected') or (currency is not null and nights is not null and total_minor is not null and cancellation_policy is not null and revision > 0)),
  check (status not in ('in_house', 'checked_out') or room_id is not null),
  check ((cancellation_fee_minor is not null) = (status in ('cancelled', 'no_show'))),
  constraint one_stay_per_room_and_night exclude using gist (tenant_id with =, room_id with =, room_nights with &&)
    where (status in ('confirmed', 'in_house') and room_id is not null)
);
-- Also when the stay that should have ended goes on.
create unique index one_guest_in_a_room on reservations (tenant_id, room_id) where status = 'in_house';
create index on reservations (tenant_id, property_id, id);
create index on reservations (tenant_id, guest_id, id);
create index on reservations (tenant_id, property_id, arrival, id);
create index on reservations (tenant_id, property_id, departure, id);
create index on reservations (tenant_id, room_id, id) where room_id is not null;
create index on reservations (tenant_id, group_id, id) where group_id is not null;
create index rejected on reservations (updated_at) where status = 'rejected';
create index open_stays on reservations (tenant_id, property_id, arrival) where status in ('confirmed', 'in_house');

-- Every version of a reservation that was ever announced, as it was then.
create table reservation_history (
  tenant_id uuid not null,
  reservation_id uuid not null,
  version integer not null,
  status text not null,
  changed_by text not null,
  changed_at timestamptz not null,
  state jsonb not null,
  primary key (tenant_id, reservation_id, version),
  foreign key (tenant_id, reservation_id) references reservations on delete cascade
);

-- Changes over several services (docs/services.md): written before the first call leaves. `lease_until`: whoever carries it on has it until then;
-- a lease and no lock that needs an open transaction, since a slow callee would then hold every connection of the pool.
create table operations (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  kind text not null check (kind in ('reserve', 'change', 'check_in', 'check_out', 'group')),
  state text not null default 'running' check (state in ('running', 'done', 'refused')),
  reservation_id uuid,
  group_id uuid,
  idempotency_key text check (length(idempotency_key) between 8 and 128),
  request_hash bytea,
  input jsonb not null,
  started_by text not null,
  lease_until timestamptz not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant_id, id),
  check ((idempotency_key is null) = (request_hash is null)),
  check ((state = 'running') = (finished_at is null))
);
-- A refusal leaves nothing, not even its key.
create unique index one_operation_per_key on operations (tenant_id, idempotency_key) where state <> 'refused';
create index on operations (lease_until) where state = 'running';
create index on operations using brin (created_at);

create table waitlist_entries (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  guest_id uuid not null,
  room_type_id uuid not null,
  rate_plan_id uuid not null,
  arrival date not null,
  departure date not null,
  adults smallint not null check (adults between 1 and 50),
  children smallint not null check (children between 0 and 50),
  status text not null default 'waiting' check (status in ('waiting', 'offered', 'booked', 'cancelled', 'expired')),
  offer jsonb,
  offered_until timestamptz,
  look boolean not null default true,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, property_id) references properties,
  check (arrival < departure),
  check ((status = 'offered') = (offered_until is not null)),
  check (status <> 'offered' or offer is not null)
);
create index on waitlist_entries (tenant_id, property_id, id);
create index on waitlist_entries (tenant_id, guest_id);
create index on waitlist_entries (tenant_id, room_type_id, arrival) where status = 'waiting';
-- What the job has to look at.
create index on waitlist_entries (tenant_id, id) where status = 'waiting' and look;
create index on waitlist_entries (offered_until) where status = 'offered';

-- The last wall behind the transition table of the model: no statement makes a step that is none, and none skips or repeats a version.
-- Whoever gives a room to a stay, or changes a stay that has one, waits for others who do so with this room: the exclusion constraint writes first and looks
-- then, so two at once could wait for each other. The lock is taken after the reservation's row, by everyone.
create function check_step() returns trigger language plpgsql as $$
begin
  if new.status <> old.status and (old.status, new.status) not in (
    ('requested', 'confirmed'), ('requested', 'rejected'), ('requested', 'cancelled'),
    ('confirmed', 'in_house'), ('confirmed', 'cancelled'), ('confirmed', 'no_show'),
    ('in_house', 'checked_out')
  ) then
    raise exception 'a reservation that is % never becomes %', old.status, new.status using errcode = 'check_violation', constraint = 'legal_transition';
  end if;
  if new.version not between old.version and old.version + 1 then
    raise exception 'version % after %', new.version, old.version using errcode = 'check_violation', constraint = 'version_by_one';
  end if;
  if new.room_id is not null and new.status in ('confirmed', 'in_house') then
    perform pg_advisory_xact_lock(hashtextextended(new.tenant_id::text || new.room_id::text, 0));
  end if;
  return new;
end $$;
create trigger check_step before update on reservations for each row execute function check_step();

-- Written here, so that no version can be without its history.
create function keep_history() returns trigger language plpgsql as $$
begin
  -- By its full name, since who writes may look elsewhere for tables.
  insert into reservations.reservation_history (tenant_id, reservation_id, version, status, changed_by, changed_at, state)
  values (new.tenant_id, new.id, new.version, new.status, new.changed_by, new.updated_at,
    to_jsonb(new) - array['tenant_id', 'id', 'version', 'status', 'changed_by', 'created_at', 'updated_at', 'operation_id', 'last_revision', 'room_nights']);
  return null;
end $$;
create trigger keep_history after update on reservations for each row
  when (new.status not in ('requested', 'rejected') and (new.version <> old.version or old.status = 'requested')) execute function keep_history();
create trigger keep_first_history after insert on reservations for each row
  when (new.status not in ('requested', 'rejected')) execute function keep_history();

do $$
declare name text;
begin
  foreach name in array array['properties', 'business_days', 'groups', 'reservations', 'reservation_history', 'operations', 'waitlist_entries'] loop
    execute format('alter table %I enable row level security, force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = current_tenant())', name);
  end loop;
end $$;
-- The sweeper looks for what is left in all tenants and then works in one at a time.
create policy sweeper on operations for select using (current_setting('app.sweeper', true) = 'on');
create policy sweeper on waitlist_entries for select using (current_setting('app.sweeper', true) = 'on');
-- And takes away what nobody asks for any more.
create policy sweeper_deletes on operations for delete using (current_setting('app.sweeper', true) = 'on' and state <> 'running');
create policy sweeper on reservations for select using (current_setting('app.sweeper', true) = 'on' and status = 'rejected');
create policy sweeper_deletes on reservations for delete using (current_setting('app.sweeper', true) = 'on' and status = 'rejected');

grant select, insert, update on properties, groups, operations, waitlist_entries to reservations_app;
grant select, insert, update, delete on reservations to reservations_app;
grant select, insert on business_days, reservation_history to reservations_app;
grant delete on operations to reservations_app;

-- Down Migration
drop table waitlist_entries, operations, reservation_history, reservations, groups, business_days, properties;
drop function check_step, keep_history;
