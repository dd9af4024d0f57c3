-- Up Migration

-- For the exclusion constraint below, which compares ids with = beside nights with &&; see the migration of reservations.
do $$ begin
  create extension if not exists btree_gist;
exception when duplicate_object or unique_violation then null;
end $$;

-- The day that a property is at, as core's events and answers tell.
create table properties (
  tenant_id uuid not null,
  id uuid not null,
  business_date date not null,
  primary key (tenant_id, id)
);

-- A room as the events of rooms tell of it, and its state, which is housekeeping's own and has the version. A stay's event may come before the
-- room's: the number is missing until then.
create table rooms (
  tenant_id uuid not null,
  id uuid not null,
  property_id uuid not null,
  room_type_id uuid,
  number text,
  floor smallint,
  active boolean not null default true,
  condition text not null default 'clean' check (condition in ('dirty', 'clean', 'inspected')),
  -- The reservation that is in the room.
  occupied_by uuid,
  version integer not null default 1 check (version > 0),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create index on rooms (tenant_id, property_id, id);

create table tasks (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  room_id uuid not null,
  kind text not null check (kind in ('checkout_clean', 'stayover', 'inspection', 'deep_clean', 'custom')),
  state text not null default 'open' check (state in ('open', 'assigned', 'in_progress', 'done', 'inspected', 'cancelled')),
  -- Of the stay that it follows from: one task of a kind, however often the event comes.
  reservation_id uuid,
  due_date date,
  assigned_to uuid,
  note text not null default '' check (length(note) <= 2000),
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  constraint one_task_per_stay_and_kind unique (tenant_id, reservation_id, kind),
  foreign key (tenant_id, room_id) references rooms,
  check (state not in ('assigned', 'in_progress') or assigned_to is not null)
);
create index on tasks (tenant_id, property_id, id);
create index on tasks (tenant_id, room_id, id);

-- What was found when a finished task was looked at; never edited.
create table inspections (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  task_id uuid not null,
  passed boolean not null,
  note text not null default '' check (length(note) <= 2000),
  inspected_by uuid not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, task_id) references tasks
);
create index on inspections (tenant_id, task_id, id);

create table maintenance_requests (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  room_id uuid not null,
  title text not null check (length(title) between 1 and 200),
  description text not null default '' check (length(description) <= 2000),
  priority text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
  state text not null default 'open' check (state in ('open', 'in_progress', 'resolved', 'cancelled')),
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, room_id) references rooms
);
create index on maintenance_requests (tenant_id, property_id, id);

create table out_of_order (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  room_id uuid not null,
  room_type_id uuid not null,
  -- From the first night to the day after the last.
  nights daterange not null check (not isempty(nights) and lower_inc(nights) and not upper_inc(nights) and lower(nights) is not null and upper(nights) is not null),
  reason text not null check (length(reason) between 1 and 2000),
  maintenance_id uuid,
  version integer not null default 1 check (version > 0),
  cleared_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, room_id) references rooms,
  foreign key (tenant_id, maintenance_id) references maintenance_requests,
  constraint once_out_of_order_a_night exclude using gist (tenant_id with =, room_id with =, nights with &&) where (cleared_at is null)
);
create index on out_of_order (tenant_id, property_id, id);

do $$
declare name text;
begin
  foreach name in array array['properties', 'rooms', 'tasks', 'inspections', 'maintenance_requests', 'out_of_order'] loop
    execute format('alter table %I enable row level security, force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = current_tenant())', name);
    execute format('grant select, insert on %I to housekeeping_app', name);
  end loop;
end $$;
grant update on properties, rooms, tasks, maintenance_requests, out_of_order to housekeeping_app;

-- Down Migration
drop table out_of_order, maintenance_requests, inspections, tasks, rooms, properties;
