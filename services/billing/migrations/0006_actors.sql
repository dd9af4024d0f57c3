-- Up Migration

-- Who did it is named by the token: a user by id, a service by name, which is no uuid. Columns beside the old ones, which the version before this one still
-- writes, and of postings reads, while it is being rolled out or back; they go when no such version is left.
alter table postings add column actor text;
alter table payments add column actor text;
alter table invoices add column actor text;
alter table night_audits add column actor text;

-- Each version reads of a posting what the other has written, as far as it can be said in a uuid.
create function keep_actor() returns trigger language plpgsql as $$
begin
  if new.actor is null then
    new.actor := new.created_by::text;
  elsif pg_input_is_valid(new.actor, 'uuid') then
    new.created_by := new.actor::uuid;
  end if;
  return new;
end $$;
create trigger keep_actor before insert on postings for each row execute function keep_actor();

-- Down Migration
drop trigger keep_actor on postings;
drop function keep_actor;
alter table postings drop column actor;
alter table payments drop column actor;
alter table invoices drop column actor;
alter table night_audits drop column actor;
