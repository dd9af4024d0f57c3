-- Up Migration

-- Nobody proves that an e-mail address is theirs, so a password that one tenant's manager set must open no other tenant: each membership has its own.
alter table memberships add column password_hash text;
alter table users no force row level security;
alter table memberships no force row level security;
update memberships set password_hash = users.password_hash from users where users.id = memberships.user_id;
alter table memberships force row level security;
alter table users force row level security;
alter table memberships alter column password_hash set not null;
alter table users drop column password_hash;
grant update (password_hash) on memberships to core_app;

-- Down Migration
alter table users add column password_hash text;
alter table users no force row level security;
alter table memberships no force row level security;
update users set password_hash = (select password_hash from memberships where user_id = users.id order by created_at limit 1);
delete from users where password_hash is null;
alter table memberships force row level security;
alter table users force row level security;
alter table users alter column password_hash set not null;
alter table memberships drop column password_hash;
