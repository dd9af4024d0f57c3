-- Up Migration

-- Who inspected is named by the token: a user by id, a service by name, which is no uuid. A column beside the old one, which the version before this one still
-- writes and reads while it is being rolled out or back; it goes when no such version is left.
alter table inspections add column inspector text;
alter table inspections alter column inspected_by drop not null;
-- Not looked for in the rows that are there, which have an inspector: that would hold up whoever writes.
alter table inspections add constraint inspected_by_somebody check (inspector is not null or inspected_by is not null) not valid;

-- Each version reads what the other has written, as far as it can be said in a uuid.
create function keep_inspector() returns trigger language plpgsql as $$
begin
  if new.inspector is null then
    new.inspector := new.inspected_by::text;
  elsif pg_input_is_valid(new.inspector, 'uuid') then
    new.inspected_by := new.inspector::uuid;
  end if;
  return new;
end $$;
create trigger keep_inspector before insert on inspections for each row execute function keep_inspector();

-- Down Migration
drop trigger keep_inspector on inspections;
drop function keep_inspector;
alter table inspections drop constraint inspected_by_somebody;
-- `inspected_by` may stay empty: there may be inspections by services, which row level security hides from whoever migrates.
alter table inspections drop column inspector;
