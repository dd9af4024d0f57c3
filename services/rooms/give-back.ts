/** Reservations that have ended give back what they still hold. */
import type { Transaction } from '@tartware/kit/database';
import { nightsOf } from '@tartware/kit/resources';
import { announceInventory } from './announce.ts';
import type { Held } from './model/allocation.ts';
import { closeAllocations, insertAllocation, lockAllocations } from './store/allocations.ts';
import type { KeptAllocation } from './store/allocations.ts';
import { lockNights, moveSold } from './store/inventory.ts';
import type { Night } from './store/inventory.ts';
import { getProperty } from './store/properties.ts';

/** Of a reservation's event, what rooms needs. */
export interface EndedReservation extends Omit<Held, 'held_until'> {
  id: string;
}

/**
 * What they hold from the business date on is free again, and nothing is ever taken for them after this, whatever of their requests is still on the way.
 * @param reservations of one tenant; the same may be there twice
 */
export async function giveBack(transaction: Transaction, reservations: readonly EndedReservation[]): Promise<void> {
  const byId = new Map(reservations.map((reservation) => [reservation.id, reservation]));
  const known = await lockAllocations(transaction, [...byId.keys()]);
  for (const { reservation_id } of known) byId.delete(reservation_id);
  for (const reservation of byId.values()) await closeUnknown(transaction, reservation);
  const ending = await Promise.all(known.filter(({ closed }) => !closed).map(async (held) => ({ held, until: await heldUntil(transaction, held) })));
  await closeAllocations(transaction, ending.map(({ held, until }) => ({ reservation_id: held.reservation_id, held_until: until })));
  const given = new Map<string, Night & { rooms: number }>();
  for (const { held: { room_type_id, held_until }, until } of ending) {
    for (const date of nightsOf(until, held_until)) {
      const night = `${room_type_id} ${date}`;
      given.set(night, { room_type_id, date, rooms: (given.get(night)?.rooms ?? 0) - 1 });
    }
  }
  if (given.size === 0) return;
  await lockNights(transaction, [...given.values()]);
  const moved = await moveSold(transaction, [...given.values()]);
  if (moved !== given.size) throw new Error(`Of ${given.size} nights held only ${moved} are in the inventory.`);
  for (const { held: { property_id, room_type_id, held_until }, until } of ending) {
    if (until < held_until) await announceInventory(transaction, { property_id, room_type_id, from: until, to: held_until });
  }
}

/** Its request may still be on the way, and must find that the reservation has ended. */
async function closeUnknown(transaction: Transaction, { id, ...reservation }: EndedReservation): Promise<void> {
  const inserted = await insertAllocation(transaction, { ...reservation, reservation_id: id, held_until: reservation.arrival, closed: true });
  if (!inserted) throw new Error('The reservation was allocated this very moment: to be tried again.');
}

async function heldUntil(transaction: Transaction, { property_id, arrival, held_until }: KeptAllocation): Promise<string> {
  const property = await getProperty(transaction, property_id);
  if (!property) throw new Error('A property that rooms were sold in is not known.');
  const from = property.business_date > arrival ? property.business_date : arrival;
  return from < held_until ? from : held_until;
}
