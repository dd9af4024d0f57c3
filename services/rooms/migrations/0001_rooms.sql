-- Up Migration

-- What rooms must know of core's properties; core's events and answers keep it.
create table properties (
  tenant_id uuid not null,
  id uuid not null,
  time_zone text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  business_date date not null,
  primary key (tenant_id, id)
);

create table room_types (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  code text not null check (code ~ '^[A-Z0-9][A-Z0-9_-]{0,11}$'),
  name text not null check (length(name) between 1 and 200),
  capacity_adults smallint not null check (capacity_adults between 1 and 50),
  capacity_children smallint not null check (capacity_children between 0 and 50),
  base_occupancy smallint not null check (base_occupancy between 1 and capacity_adults + capacity_children),
  active boolean not null default true,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, property_id, code),
  unique (tenant_id, property_id, id),
  foreign key (tenant_id, property_id) references properties
);

create table rooms (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  room_type_id uuid not null,
  number text not null check (length(number) between 1 and 12),
  floor smallint not null check (floor between -20 and 200),
  features text[] not null default '{}',
  active boolean not null default true,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, property_id, number),
  foreign key (tenant_id, property_id, room_type_id) references room_types (tenant_id, property_id, id)
);
create index on rooms (tenant_id, room_type_id) where active;

create table rate_plans (
  tenant_id uuid not null,
  id uuid not null default uuidv7(),
  property_id uuid not null,
  code text not null check (code ~ '^[A-Z0-9][A-Z0-9_-]{0,11}$'),
  name text not null check (length(name) between 1 and 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  cancellation jsonb not null,
  extra_adult_minor bigint not null default 0 check (extra_adult_minor >= 0),
  extra_child_minor bigint not null default 0 check (extra_child_minor >= 0),
  active boolean not null default true,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, property_id, code),
  unique (tenant_id, property_id, id),
  foreign key (tenant_id, property_id) references properties
);

-- The price of one night. That plan and type are of the same property is for the foreign keys to see to.
create table rates (
  tenant_id uuid not null,
  property_id uuid not null,
  room_type_id uuid not null,
  rate_plan_id uuid not null,
  date date not null,
  amount_minor bigint not null check (amount_minor >= 0),
  primary key (tenant_id, room_type_id, rate_plan_id, date),
  foreign key (tenant_id, property_id, room_type_id) references room_types (tenant_id, property_id, id),
  foreign key (tenant_id, property_id, rate_plan_id) references rate_plans (tenant_id, property_id, id)
);
create index on rates (tenant_id, property_id, date);

-- Null for the type or the plan means all of them; what several rows say of a night adds up.
create table restrictions (
  tenant_id uuid not null,
  property_id uuid not null,
  room_type_id uuid,
  rate_plan_id uuid,
  date date not null,
  closed boolean not null default false,
  closed_to_arrival boolean not null default false,
  closed_to_departure boolean not null default false,
  min_stay smallint check (min_stay between 1 and 365),
  max_stay smallint check (max_stay between 1 and 365),
  min_advance_days smallint check (min_advance_days between 0 and 1100),
  max_advance_days smallint check (max_advance_days between 0 and 1100),
  unique nulls not distinct (tenant_id, property_id, date, room_type_id, rate_plan_id),
  check (min_stay <= max_stay),
  check (min_advance_days <= max_advance_days),
  foreign key (tenant_id, property_id) references properties,
  foreign key (tenant_id, property_id, room_type_id) references room_types (tenant_id, property_id, id),
  foreign key (tenant_id, property_id, rate_plan_id) references rate_plans (tenant_id, property_id, id)
);

-- Rooms of a type that a night has and that are sold; made when first asked for. Taking never changes `displaced`: it is what is sold beyond
-- the limit since rooms went out of order (or were taken away) on a sold-out night, and only giving back or more rooms make it less. So no
-- statement can sell a room that is not there, and a broken room can always be written down.
create table inventory (
  tenant_id uuid not null,
  property_id uuid not null,
  room_type_id uuid not null,
  date date not null,
  capacity integer not null check (capacity >= 0),
  out_of_order integer not null default 0 check (out_of_order between 0 and capacity),
  overbooking integer not null default 0 check (overbooking between 0 and 1000),
  sold integer not null default 0,
  displaced integer not null default 0 check (displaced between 0 and sold),
  primary key (tenant_id, room_type_id, date),
  foreign key (tenant_id, property_id, room_type_id) references room_types (tenant_id, property_id, id),
  constraint never_oversold check (sold between 0 and capacity - out_of_order + overbooking + displaced)
);
create index on inventory (tenant_id, property_id, date);

-- What a reservation holds: the nights from `arrival` to `held_until`, at the prices in `nights`. Kept after it was given back, so that what
-- comes late or again is known as such.
create table allocations (
  tenant_id uuid not null,
  reservation_id uuid not null,
  revision integer not null check (revision > 0),
  property_id uuid not null,
  room_type_id uuid not null,
  rate_plan_id uuid not null,
  arrival date not null,
  departure date not null,
  held_until date not null,
  closed boolean not null default false,
  adults smallint not null check (adults between 1 and 50),
  children smallint not null check (children between 0 and 50),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  nights jsonb not null,
  total_minor bigint not null check (total_minor >= 0),
  cancellation_policy jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, reservation_id),
  check (arrival < departure),
  check (held_until between arrival and departure)
);
create index on allocations (tenant_id, room_type_id, held_until) where held_until > arrival;

-- Housekeeping's rooms out of order, as its events tell; nights [first_date, end_date).
create table out_of_order (
  tenant_id uuid not null,
  id uuid not null,
  property_id uuid not null,
  room_id uuid not null,
  first_date date not null,
  end_date date not null,
  primary key (tenant_id, id),
  check (first_date < end_date)
);
create index on out_of_order (tenant_id, room_id, end_date);

-- How many rooms of a type a night has, and how many of them are out of order: one truth for rows that are made, counted again, or not there yet.
create function count_rooms(type uuid, night date, out capacity integer, out out_of_order integer) language sql stable
begin atomic
  select count(*)::integer, count(*) filter (where exists (
      select from out_of_order o where o.tenant_id = r.tenant_id and o.room_id = r.id and o.first_date <= night and night < o.end_date))::integer
    from rooms r where r.tenant_id = current_tenant() and r.room_type_id = type and r.active;
end;

do $$
declare name text;
begin
  foreach name in array array['properties', 'room_types', 'rooms', 'rate_plans', 'rates', 'restrictions', 'inventory', 'allocations', 'out_of_order'] loop
    execute format('alter table %I enable row level security, force row level security', name);
    execute format('create policy tenant on %I using (tenant_id = current_tenant())', name);
    execute format('grant select, insert, update on %I to rooms_app', name);
  end loop;
end $$;
grant delete on restrictions, out_of_order to rooms_app;

-- Down Migration
drop function count_rooms;
drop table out_of_order, allocations, inventory, restrictions, rates, rate_plans, rooms, room_types, properties;
