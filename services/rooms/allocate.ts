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
import { answerOf, heldFrom, insertAllocation, lockAllocations, updateAllocation } from './store/allocations.ts';
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
  // In one round trip: nearly every request needs both.
  const [[held], selling] = await Promise.all([lockAllocations(transaction, [reservationId]), loadSelling(transaction, wanted)]);
  const answered = held && answerBefore(held, wanted);
  if (answered) return { allocation: answered, changed: [] };
  const change = changeFor(selling, wanted, held, new Date().toISOString());
  const moves = movesOf(wanted, held, change);
  const [written, locked] = await Promise.all([writeAllocation(transaction, held, heldFrom(reservationId, wanted, change.allocation)), lockNights(transaction, moves)]);
  if (!written) throw new Overtaken();
  requireLeft(wanted, change.take, locked);
  const [moved, changed] = await Promise.all([moveSold(transaction, moves), announceMoves(transaction, wanted, held, change)]);
  if (moved !== moves.length) throw new Error(`Of ${moves.length} locked nights only ${moved} could be moved.`);
  return { allocation: change.allocation, changed };
}

/** @returns false when somebody else has just written the first one */
async function writeAllocation(transaction: Transaction, held: KeptAllocation | undefined, next: KeptAllocation): Promise<boolean> {
  if (!held) return insertAllocation(transaction, next);
  await updateAllocation(transaction, next);
  return true;
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

function movesOf(wanted: Wanted, held: KeptAllocation | undefined, { take, give }: Change): (Night & { rooms: number })[] {
  return [
    ...take.map((date) => ({ room_type_id: wanted.room_type_id, date, rooms: 1 })),
    ...(held ? give.map((date) => ({ room_type_id: held.room_type_id, date, rooms: -1 })) : []),
  ];
}

function requireLeft({ room_type_id }: Wanted, take: readonly string[], locked: readonly (Night & { left: number })[]): void {
  const left = new Map(locked.filter((night) => night.room_type_id === room_type_id).map((night) => [night.date, night.left]));
  const missing = take.filter((date) => !left.has(date));
  if (missing.length > 0) throw new NightsMissing(missing);
  const full = take.find((date) => (left.get(date) ?? 0) < 1);
  if (full !== undefined) throw soldOut(full);
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
