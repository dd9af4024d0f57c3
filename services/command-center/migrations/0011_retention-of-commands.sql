-- Up Migration

-- Commands that ended long ago go; nobody asks for them any more.
create policy worker_forgets on commands for delete using (current_setting('app.worker', true) = 'on' and finished_at is not null);
create index on commands (finished_at) where finished_at is not null;
grant delete on commands to command_center_app;

-- Down Migration
revoke delete on commands from command_center_app;
drop policy worker_forgets on commands;
drop index commands_finished_at_idx;
