/** The night's rooms, each charged once with its taxes, a batch at a time; what was paid before the stay pays from the first night on. */
import { Problem } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { depositEntries } from '../model/entries.ts';
import { requireOpen } from '../model/folio.ts';
import type { InHouse } from '../model/night-audit.ts';
import type { PostingWithEntries } from '../model/posting.ts';
import type { TaxRule } from '../model/tax.ts';
import { foliosOfReservations, lockForPosting } from '../store/folios.ts';
import type { LockedFolio } from '../store/folios.ts';
import { post } from '../store/ledger.ts';
import type { NewPosting } from '../store/ledger.ts';
import { markRooms, setStep, waitingRooms } from '../store/night-audits.ts';
import type { LockedAudit, RoomDone } from '../store/night-audits.ts';
import { getProperty } from '../store/properties.ts';
import { listTaxRules } from '../store/taxes.ts';
import { announceEntries } from './billing.ts';
import type { Billing } from './billing.ts';
import { chargeOn } from './charge.ts';
import { openFolio } from './folios.ts';
import { inStep } from './night-audit.ts';
import type { AuditRun } from './night-audit.ts';
import { postingOn } from './post.ts';

/** Rooms of one transaction: some 30 ms, for which their folios wait. */
const BATCH = 100;

/** One batch, or the end of the step when none is left. */
export async function postRooms(billing: Billing, run: AuditRun): Promise<void> {
  await inStep(billing, run, 'post_rooms', async (transaction, audit) => {
    const rooms = await waitingRooms(transaction, audit.id, BATCH);
    if (rooms.length === 0) {
      await setStep(transaction, audit.id, 'advance_date', audit.no_shows);
    } else {
      await postBatch(transaction, audit, rooms);
    }
  });
}

async function postBatch(transaction: Transaction, audit: LockedAudit, rooms: readonly InHouse[]): Promise<void> {
  const rules = await listTaxRules(transaction, audit.property_id);
  const folios = await lockFolios(transaction, audit, rooms);
  const postings: NewPosting[] = [];
  const done: RoomDone[] = [];
  for (const room of rooms) {
    try {
      const made = postingsOf(room, folios.get(room.reservation_id), rules, audit);
      postings.push(...made);
      done.push({ reservation_id: room.reservation_id, status: room.amount_minor === 0 ? 'free' : 'posted', problem: null });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      done.push({ reservation_id: room.reservation_id, status: 'refused', problem: { code: error.code, message: error.message } });
    }
  }
  const posted = await post(transaction, postings);
  await announceEntries(transaction, posted.filter((one): one is PostingWithEntries => one !== undefined));
  await markRooms(transaction, audit.id, done);
}

/** @throws Problem when the room cannot be charged: its folio is closed, in another currency or of another property */
function postingsOf(room: InHouse, folio: LockedFolio | undefined, rules: readonly TaxRule[], audit: LockedAudit): NewPosting[] {
  if (folio?.property_id !== audit.property_id) {
    throw new Problem({ status: 422, code: 'property_mismatch', message: 'The folio of this reservation is of another property.', hint: 'See which property the reservation is of.' });
  }
  requireOpen(folio);
  const onTheNight = { ...folio, business_date: audit.business_date };
  const own = { source: 'night_audit', created_by: null } as const;
  const postings: NewPosting[] = [];
  if (room.amount_minor > 0) {
    const price = { kind: 'room', amount_minor: room.amount_minor, currency: room.currency, description: `Night of ${audit.business_date}` } as const;
    postings.push(chargeOn(onTheNight, price, rules, own));
  }
  if (folio.deposit_minor > 0) {
    postings.push(postingOn(onTheNight, { kind: 'deposit_applied', description: '', net_minor: 0, gross_minor: 0, entries: depositEntries(folio, folio.deposit_minor), ...own }));
  }
  return postings;
}

/** Opens what the events have not opened yet. */
async function lockFolios(transaction: Transaction, { property_id }: LockedAudit, rooms: readonly InHouse[]): Promise<Map<string, LockedFolio>> {
  const known = await foliosOfReservations(transaction, rooms.map(({ reservation_id }) => reservation_id));
  const currency = (await getProperty(transaction, property_id))?.currency ?? '';
  for (const { reservation_id, guest_id } of rooms.filter((room) => !known.has(room.reservation_id))) {
    const { folio } = await openFolio(transaction, { property_id, kind: 'guest', name: '', reservation_id, reservation_version: 0, group_id: null, guest_id, arrival: null, departure: null, currency });
    known.set(reservation_id, folio.id);
  }
  const locked = await lockForPosting(transaction, [...known.values()]);
  return new Map(locked.map((folio) => [folio.reservation_id ?? '', folio]));
}
