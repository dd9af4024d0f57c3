-- Up Migration

-- Two policies for reading are joined by OR, and then no index that begins with the tenant serves: old rejected reservations are taken away tenant by tenant.
drop policy sweeper on reservations;
drop policy sweeper_deletes on reservations;
drop index rejected;
create index rejected on reservations (tenant_id, updated_at) where status = 'rejected';

-- Down Migration
drop index rejected;
create index rejected on reservations (updated_at) where status = 'rejected';
create policy sweeper on reservations for select using (current_setting('app.sweeper', true) = 'on' and status = 'rejected');
create policy sweeper_deletes on reservations for delete using (current_setting('app.sweeper', true) = 'on' and status = 'rejected');
