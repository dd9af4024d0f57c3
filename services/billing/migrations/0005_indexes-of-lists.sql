-- Up Migration

-- Lists of a property are in the order of ids.
create index folios_in_order on folios (tenant_id, property_id, id);
create index entries_in_order on ledger_entries (tenant_id, property_id, id);
create index invoices_in_order on invoices (tenant_id, property_id, id);

-- Down Migration
drop index folios_in_order, entries_in_order, invoices_in_order;
