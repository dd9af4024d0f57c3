-- What PostgreSQL 18 needs before the first migration. A superuser runs it in the services' database; running it again changes nothing.
-- Each service gets three roles, for schema `core`:
--   core_app    what its statements run as: no login, owns nothing, is subject to row level security
--   core_login  what its pods sign in as: may act as core_app and do nothing else, so SET ROLE NONE leaves it without any right
--   core_owner  what its migration signs in as: owns the schema. It could lift row level security anyway, and a migration that changes
--               rows must see those of all tenants, hence BYPASSRLS
-- Passwords are set apart from this: alter role core_login password '…'.
do $$
declare
  service text;
  app text;
  login text;
  owner text;
  item record;
begin
  foreach service in array array['core', 'reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command_center'] loop
    app := service || '_app';
    login := service || '_login';
    owner := service || '_owner';
    if to_regrole(app) is null then execute format('create role %I', app); end if;
    if to_regrole(login) is null then execute format('create role %I', login); end if;
    if to_regrole(owner) is null then execute format('create role %I', owner); end if;
    execute format('alter role %I nologin nosuperuser nobypassrls noinherit', app);
    execute format('alter role %I login nosuperuser nobypassrls nocreaterole nocreatedb noinherit', login);
    execute format('alter role %I login nosuperuser bypassrls nocreaterole nocreatedb inherit', owner);
    execute format('grant %I to %I with set true, inherit false', app, login);
    -- The migration grants its role to whom it signs in as, for those who have one login for both.
    execute format('grant %I to %I with admin true, set true, inherit false', app, owner);

    -- What the service asks for when it connects, also where a pooler ignores it.
    execute format('alter role %I set role = %I', login, app);
    execute format('alter role %I set search_path = %I', login, service);
    execute format('alter role %I set statement_timeout = ''10s''', login);
    execute format('alter role %I set idle_in_transaction_session_timeout = ''10s''', login);

    -- The owner makes what is trusted (btree_gist), and `create schema if not exists` asks for this right even when the schema is there.
    execute format('grant create on database %I to %I', current_database(), owner);
    execute format('create schema if not exists %I authorization %I', service, owner);
    execute format('alter schema %I owner to %I', service, owner);

    -- From the time when one login did everything.
    for item in
      select format('alter %s %s owner to %I', case when prokind = 'p' then 'procedure' else 'function' end, oid::regprocedure, owner) as command
        from pg_proc where pronamespace = service::regnamespace and proowner <> to_regrole(owner)
          and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
      union all
      -- Sequences of a column follow its table.
      select format('alter table %s owner to %I', oid::regclass, owner)
        from pg_class where relnamespace = service::regnamespace and relowner <> to_regrole(owner) and relkind in ('r', 'p', 'v', 'm', 'S')
          and not exists (select from pg_depend where objid = pg_class.oid and deptype in ('a', 'i', 'e') and classid = 'pg_class'::regclass and relkind = 'S')
      union all
      select format('alter type %s owner to %I', oid::regtype, owner)
        from pg_type where typnamespace = service::regnamespace and typowner <> to_regrole(owner) and typtype in ('e', 'd', 'r')
          and not exists (select from pg_depend where objid = pg_type.oid and deptype = 'e')
    loop
      execute item.command;
    end loop;
  end loop;
end $$;
