/** Ends a property's day here: who did not come is a no-show, who is in house is told to the night audit, and the business date moves on. All of it at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { addDays } from '@tartware/kit/resources';
import { noShowFee } from '../model/cancellation.ts';
import { EVENTS } from '../model/reservation.ts';
import { statusAfter } from '../model/transitions.ts';
import { findClosed, keepClosed, lockDate, lockOpen } from '../store/business-days.ts';
import type { ClosedDay, OpenStay } from '../store/business-days.ts';
import { setStatus } from '../store/reservations.ts';
import { expireEntries } from '../store/waitlist.ts';
import { announce, expected } from './announce.ts';
import { settingsOf } from './ask.ts';
import { callsOf } from './carry.ts';
import type { Engine } from './carry.ts';
import { knownProperty } from './properties.ts';
import { carryOn } from './sweep.ts';

export interface Close {
  property_id: string;
  date: string;
  by: string;
}

/** Operations end within milliseconds; only when another service is silent they do not. */
const TRIES = 15;
const PAUSE_MS = 200;

/**
 * @returns the same each time for the same day
 * @throws Problem 409 `business_date_moved`, `departures_due`; 503 `operations_running`
 */
export async function closeDay(engine: Engine, tenantId: string, close: Close): Promise<ClosedDay> {
  await knownProperty(engine, tenantId, close.property_id);
  const settings = await settingsOf(callsOf(engine, tenantId), close.property_id);
  const waivesFees = settings['reservations.no_show_fee'] === 'none';
  for (let tries = 1; ; tries += 1) {
    const result = await engine.database.withTenant(tenantId, (transaction) => tryToClose(transaction, close, waivesFees));
    if (!('running' in result)) {
      return result;
    }
    if (tries === TRIES) {
      throw operationsRunning(result.running);
    }
    await Promise.all(result.running.map((id) => carryOn(engine, tenantId, id).catch(() => undefined)));
    await sleep(PAUSE_MS);
  }
}

async function tryToClose(transaction: Transaction, { property_id, date, by }: Close, waivesFees: boolean): Promise<ClosedDay | { running: string[] }> {
  const businessDate = await lockDate(transaction, property_id);
  if (businessDate === undefined) {
    throw notFound('This property');
  }
  const before = await findClosed(transaction, property_id, date);
  if (before) {
    return before;
  }
  if (businessDate !== date) {
    throw new Problem({ status: 409, code: 'business_date_moved', message: `The business date is ${businessDate}, not ${date}.`, hint: 'Close the day that the property is at.' });
  }
  const open = await lockOpen(transaction, property_id, date);
  const running = open.flatMap(({ operation_id }) => operation_id ?? []);
  if (running.length > 0) {
    return { running };
  }
  const inHouse = open.filter(({ status }) => status === 'in_house');
  refuseWhileDue(inHouse, date);
  const noShows = await markNoShows(transaction, open.filter(({ status }) => status === 'confirmed'), waivesFees, by);
  const closed: ClosedDay = { date, in_house: inHouse.map((stay) => nightOf(stay, date)), no_shows: noShows };
  await keepClosed(transaction, property_id, closed, addDays(date, 1));
  await expireEntries(transaction, property_id, date);
  return closed;
}

/** Otherwise a guest would sleep here unpaid, in a room that may be another's. */
function refuseWhileDue(inHouse: readonly OpenStay[], date: string): void {
  const due = inHouse.filter(({ departure }) => departure <= date);
  if (due.length > 0) {
    throw new Problem({
      status: 409, code: 'departures_due', message: `${due.length} guests were to leave by ${date} and are still in house.`,
      hint: 'Check them out or let them stay longer first.', errors: due.map(({ id }) => ({ in: 'reservations', field: `/${id}`, message: 'is due to leave' })),
    });
  }
}

function nightOf({ id, room_id, guest_id, nights, currency }: OpenStay, date: string): ClosedDay['in_house'][number] {
  const night = expected(nights?.find((candidate) => candidate.date === date));
  return { reservation_id: id, room_id: expected(room_id ?? undefined), guest_id, amount_minor: night.amount_minor, currency: expected(currency ?? undefined) };
}

async function markNoShows(transaction: Transaction, stays: readonly OpenStay[], waivesFees: boolean, by: string): Promise<ClosedDay['no_shows']> {
  const marked: ClosedDay['no_shows'] = [];
  for (const { id, status, cancellation_policy } of stays) {
    const fee = waivesFees || cancellation_policy === null ? 0 : noShowFee(cancellation_policy);
    const made = expected(await setStatus(transaction, { id, from: status, to: statusAfter('mark_no_show', status), fee, by }));
    await announce(transaction, EVENTS.noShow, made);
    marked.push({ reservation_id: id, guest_id: made.guest_id, fee_minor: fee, currency: expected(made.currency ?? undefined) });
  }
  return marked;
}

function operationsRunning(running: readonly string[]): Problem {
  return new Problem({
    status: 503, code: 'operations_running', message: `${running.length} changes of stays of this day wait for another service.`, hint: 'Try again in a moment.', headers: { 'retry-after': '2' },
  });
}
