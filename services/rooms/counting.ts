/** Keeps inventory true to the rooms that are there: called with the types locked, in the transaction that changes what is counted. */
import type { Transaction } from '@tartware/kit/database';
import { addDays } from '@tartware/kit/resources';
import { announceInventory } from './announce.ts';
import { HORIZON_DAYS } from './model/words.ts';
import { recount } from './store/inventory.ts';
import { getProperty } from './store/properties.ts';

/** Nights before the business date stay as they were. @param nights `[from, to)`; left out: all that are sold */
export async function recountTypes(transaction: Transaction, propertyId: string, roomTypeIds: readonly string[], nights?: { from: string; to: string }): Promise<void> {
  const property = await getProperty(transaction, propertyId);
  if (!property) throw new Error('A property that has rooms is not known.');
  const { business_date } = property;
  const from = nights !== undefined && nights.from > business_date ? nights.from : business_date;
  const to = nights?.to ?? addDays(business_date, HORIZON_DAYS);
  if (from >= to) return;
  await recount(transaction, roomTypeIds, from, to);
  for (const room_type_id of roomTypeIds) await announceInventory(transaction, { property_id: propertyId, room_type_id, from, to });
}
