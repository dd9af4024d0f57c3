/** Events of rooms, as docs/services.md lists them. */
import type { Transaction } from '@tartware/kit/database';
import { emit } from '@tartware/kit/outbox';

interface Resource {
  id: string;
  property_id: string;
  version: number;
}

/** @param kind such as `room_type` */
export async function announce(transaction: Transaction, kind: 'room_type' | 'room' | 'rate_plan', what: 'created' | 'updated', resource: Resource): Promise<void> {
  await emit(transaction, { type: `${kind}.${what}`, aggregateId: resource.id, version: resource.version, propertyId: resource.property_id, data: resource });
}

export interface RatesChanged {
  property_id: string;
  /** Null: all of them. */
  room_type_id: string | null;
  rate_plan_id: string | null;
  /** Nights `[from, to)`. */
  from: string;
  to: string;
}

/** Rates or restrictions of these nights are others now. */
export async function announceRates(transaction: Transaction, data: RatesChanged): Promise<void> {
  await emit(transaction, { type: 'rates.changed', aggregateId: data.rate_plan_id ?? data.room_type_id ?? data.property_id, version: 1, propertyId: data.property_id, data });
}

export interface InventoryChanged {
  property_id: string;
  room_type_id: string;
  /** Nights `[from, to)`. */
  from: string;
  to: string;
}

/** More or less of a type can be sold in these nights. */
export async function announceInventory(transaction: Transaction, { property_id, room_type_id, from, to }: InventoryChanged): Promise<void> {
  await emit(transaction, { type: 'inventory.changed', aggregateId: room_type_id, version: 1, propertyId: property_id, data: { property_id, room_type_id, from, to } });
}
