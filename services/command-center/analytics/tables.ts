/**
 * The tables in ClickHouse. Each row's sorting key names what it is, so a row that is inserted again replaces itself: events may come twice and in
 * any order. All of a tenant's rows lie together.
 */

export interface EventRow {
  tenant_id: string;
  id: string;
  type: string;
  aggregate_id: string;
  version: number;
  property_id: string | null;
  occurred_at: string;
}

/** A reservation as it was from one version to the next. */
export interface ReservationRow {
  tenant_id: string;
  property_id: string;
  id: string;
  version: number;
  /** When it became so. */
  occurred_at: string;
  created_at: string;
  status: string;
  currency: string;
  dates: string[];
  amounts: number[];
}

/** One side of a ledger's entry that is revenue: positive when it was earned, negative when it was taken back. */
export interface RevenueRow {
  tenant_id: string;
  property_id: string;
  business_date: string;
  entry_id: string;
  account: string;
  currency: string;
  amount_minor: number;
}

export interface RoomRow {
  tenant_id: string;
  property_id: string;
  id: string;
  version: number;
  active: boolean;
}

export interface OutOfOrderRow {
  tenant_id: string;
  property_id: string;
  id: string;
  version: number;
  room_id: string;
  /** Nights `[first, last)`. */
  first: string;
  last: string;
  cleared: boolean;
}

export interface Rows {
  events: EventRow[];
  reservations: ReservationRow[];
  revenue: RevenueRow[];
  rooms: RoomRow[];
  out_of_order: OutOfOrderRow[];
}

export const TABLES: Readonly<Record<keyof Rows, string>> = {
  events: `create table if not exists events (
    tenant_id UUID, id UUID, type LowCardinality(String), aggregate_id UUID, version UInt64, property_id Nullable(UUID),
    occurred_at DateTime64(3, 'UTC')
  ) engine = ReplacingMergeTree order by (tenant_id, type, id)`,
  reservations: `create table if not exists reservations (
    tenant_id UUID, property_id UUID, id UUID, version UInt64, occurred_at DateTime64(3, 'UTC'), created_at DateTime64(3, 'UTC'),
    status LowCardinality(String), currency LowCardinality(String), dates Array(Date32), amounts Array(Int64)
  ) engine = ReplacingMergeTree order by (tenant_id, property_id, id, version)`,
  revenue: `create table if not exists revenue (
    tenant_id UUID, property_id UUID, business_date Date32, entry_id UUID, account LowCardinality(String), currency LowCardinality(String), amount_minor Int64
  ) engine = ReplacingMergeTree order by (tenant_id, property_id, business_date, entry_id, account)`,
  rooms: `create table if not exists rooms (
    tenant_id UUID, property_id UUID, id UUID, version UInt64, active Bool
  ) engine = ReplacingMergeTree(version) order by (tenant_id, property_id, id)`,
  out_of_order: `create table if not exists out_of_order (
    tenant_id UUID, property_id UUID, id UUID, version UInt64, room_id UUID, first Date32, last Date32, cleared Bool
  ) engine = ReplacingMergeTree(version) order by (tenant_id, property_id, id)`,
};

/** The same table where the database replicates what is made in it (engine `Replicated`): its rows must then be replicated, too. */
export function replicated(table: string): string {
  return table.replace('engine = ReplacingMergeTree', 'engine = ReplicatedReplacingMergeTree');
}
