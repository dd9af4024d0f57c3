/** Keeps inventory true to the rooms that are there: called with the types locked, in the transaction that changes what is counted. */
import type { Transaction } from '@tartware/kit/database';
import { addDays } from '@tartware/kit/resources';
import { announceInventory } from './announce.ts';
import { HORIZON_DAYS } from './model/words.ts';
import { recount } from './store/inventory.ts';
import type { Range } from './store/inventory.ts';
import { getProperty } from './store/properties.ts';

export interface TypeNights {
  property_id: string;
  room_type_id: string;
  /** Nights `[from, to)`; left out: all that are sold. */
  from?: string;
  to?: string;
}

/** Nights before the business date stay as they were. */
export async function recountTypes(transaction: Transaction, changed: readonly TypeNights[]): Promise<void> {
  const ranges: (Range & { property_id: string })[] = [];
  for (const { property_id, room_type_id, from = '', to } of changed) {
    const property = await getProperty(transaction, property_id);
    if (!property) throw new Error('A property that has rooms is not known.');
    const { business_date } = property;
    const range = { property_id, room_type_id, from: from > business_date ? from : business_date, to: to ?? addDays(business_date, HORIZON_DAYS) };
    if (range.from < range.to) ranges.push(range);
  }
  if (ranges.length === 0) return;
  await recount(transaction, ranges);
  for (const range of ranges) await announceInventory(transaction, range);
}
