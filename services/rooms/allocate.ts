/** Takes the nights that a reservation wants and gives back those it no longer wants: all of it or nothing. */
import { Problem } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { addDays } from '@tartware/kit/resources';
import { announceInventory } from './announce.ts';
import { dropOffers } from './context.ts';
import type { RoomsContext } from './context.ts';
import { changeFor, isSame, soldOut } from './model/allocation.ts';
import type { Allocation, Change, Wanted } from './model/allocation.ts';
import { requireStay } from './model/stay.ts';
import { answerOf, heldFrom, insertAllocation, lockAllocation, updateAllocation } from './store/allocations.ts';
import type { KeptAllocation } from './store/allocations.ts';
import { lockNights, makeInventory, moveSold } from './store/inventory.ts';
import type { Night } from './store/inventory.ts';
import { loadSelling } from './store/selling.ts';

/** Others make missing rows as well, and write a first allocation of the same reservation at most once: two rounds end nearly always. */
const ROUNDS = 5;

/** Nights that have no row in the inventory yet. They are made in a transaction of their own, while nothing is locked. */
class NightsMissing extends Error {
  readonly dates: readonly string[];

  constructor(dates: readonly string[]) {
    super('The inventory has no rows for some nights yet.');
    this.dates = dates;
  }
}

/** Somebody else has just written the first allocation of the same reservation. */
class Overtaken extends Error {}

/**
 * The answer to a revision is always the same; an older one than that which is held is refused.
 * @throws Problem 409 `sold_out`, `restricted`, `not_bookable` or `revision_outdated`, all with nothing changed
 */
export async function allocate(context: RoomsContext, tenantId: string, reservationId: string, wanted: Wanted): Promise<Allocation> {
  requireStay(wanted);
  const { database } = context;
  for (let round = 1; ; round += 1) {
    try {
      const { allocation, changed } = await database.withTenant(tenantId, (transaction) => allocateOnce(transaction, reservationId, wanted));
      await Promise.all(changed.map((propertyId) => dropOffers(context, tenantId, propertyId)));
      return allocation;
    } catch (error) {
      if (round === ROUNDS || !(error instanceof NightsMissing || error instanceof Overtaken)) throw error;
      if (error instanceof NightsMissing) {
        const { dates } = error;
        await database.withTenant(tenantId, (transaction) => makeInventory(transaction, wanted.room_type_id, dates));
      }
    }
  }
}

interface Outcome {
  allocation: Allocation;
  /** Properties whose inventory is another now. */
  changed: readonly string[];
}

async function allocateOnce(transaction: Transaction, reservationId: string, wanted: Wanted): Promise<Outcome> {
  const held = await lockAllocation(transaction, reservationId);
  const answered = held && answerBefore(held, wanted);
  if (answered) return { allocation: answered, changed: [] };
  const change = changeFor(await loadSelling(transaction, wanted), wanted, held, new Date().toISOString());
  const next = heldFrom(reservationId, wanted, change.allocation);
  if (held) {
    await updateAllocation(transaction, next);
  } else if (!await insertAllocation(transaction, next)) {
    throw new Overtaken();
  }
  await moveNights(transaction, wanted, held, change);
  return { allocation: change.allocation, changed: await announceMoves(transaction, wanted, held, change) };
}

/** @returns what was answered to this revision before; nothing when it is a newer one */
function answerBefore(held: KeptAllocation, wanted: Wanted): Allocation | undefined {
  if (held.revision === wanted.revision && isSame(held, wanted)) return answerOf(held);
  if (held.revision >= wanted.revision || held.closed) {
    throw new Problem({
      status: 409, code: 'revision_outdated',
      message: held.closed ? 'The reservation has ended: nothing is taken for it any more.' : `Revision ${held.revision} of this reservation is held, which is not older or asked for something else.`,
      hint: 'Read the reservation again and send a newer revision.',
    });
  }
  return undefined;
}

async function moveNights(transaction: Transaction, wanted: Wanted, held: KeptAllocation | undefined, { take, give }: Change): Promise<void> {
  const taken: Night[] = take.map((date) => ({ room_type_id: wanted.room_type_id, date }));
  const given: Night[] = held ? give.map((date) => ({ room_type_id: held.room_type_id, date })) : [];
  if (taken.length + given.length === 0) return;
  const locked = await lockNights(transaction, [...taken, ...given]);
  const left = new Map(locked.filter(({ room_type_id }) => room_type_id === wanted.room_type_id).map((night) => [night.date, night.left]));
  const missing = take.filter((date) => !left.has(date));
  if (missing.length > 0) throw new NightsMissing(missing);
  const full = take.find((date) => (left.get(date) ?? 0) < 1);
  if (full !== undefined) throw soldOut(full);
  const moves = [...taken.map((night) => ({ ...night, rooms: 1 as const })), ...given.map((night) => ({ ...night, rooms: -1 as const }))];
  const moved = await moveSold(transaction, moves);
  if (moved !== moves.length) throw new Error(`Of ${moves.length} locked nights only ${moved} could be moved.`);
}

async function announceMoves(transaction: Transaction, wanted: Wanted, held: KeptAllocation | undefined, { take, give }: Change): Promise<string[]> {
  const ranges = [{ ...wanted, dates: take }, ...(held ? [{ ...held, dates: give }] : [])];
  const changed = new Set<string>();
  for (const { property_id, room_type_id, dates } of ranges) {
    const [from] = dates;
    const last = dates.at(-1);
    if (from !== undefined && last !== undefined) {
      await announceInventory(transaction, { property_id, room_type_id, from, to: addDays(last, 1) });
      changed.add(property_id);
    }
  }
  return [...changed];
}
