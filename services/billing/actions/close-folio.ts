/** The end of a stay's account: paid, or owed from now on by the city ledger. */
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { depositEntries, transferEntries } from '../model/entries.ts';
import type { Folio, SETTLEMENTS } from '../model/folio.ts';
import { closeFolio, folioOfReservation } from '../store/folios.ts';
import type { LockedFolio } from '../store/folios.ts';
import { nightOwed } from '../store/night-audits.ts';
import { voidAuthorised } from '../store/payments.ts';
import { announceFolio } from './billing.ts';
import { openFolio } from './folios.ts';
import { lockedFolio, postNew, postingOn } from './post.ts';

export type Settlement = (typeof SETTLEMENTS)[number];

export interface ClosedFolio {
  reservation_id: string;
  folio_id: string;
  status: 'closed';
  settlement: Settlement;
  balance_minor: 0;
  /** Where the debt is now; null when it was paid. */
  city_ledger_folio_id: string | null;
}

export interface Closing {
  reservation_id: string;
  settlement: Settlement;
  /** The property's, as reservations had it when the check-out was begun. */
  business_date?: string;
}

/**
 * Closes a reservation's folio. Its row is locked from the first statement on: a charge comes before, and counts, or after, and is refused.
 * A folio that is closed already gives the answer that it gave then.
 * @param cityLedgerAllowed what the property's settings say
 * @throws Problem 409 `folio_not_settled` with the balance, `city_ledger_not_allowed`; 503 `night_audit_running`
 */
export async function closeForReservation(transaction: Transaction, { reservation_id: reservationId, settlement, business_date }: Closing, cityLedgerAllowed: boolean): Promise<ClosedFolio> {
  const found = await folioOfReservation(transaction, reservationId, 'guest', { lock: true });
  if (!found) throw notFound('A folio of this reservation');
  if (found.status === 'open') {
    if (business_date !== undefined) await refuseWhileOwed(transaction, found.property_id, business_date);
    const folio = await lockedFolio(transaction, found.id);
    await settle(transaction, folio, settlement, cityLedgerAllowed);
    await voidAuthorised(transaction, folio.id);
    await announceFolio(transaction, 'closed', await closeFolio(transaction, folio.id, settlement));
  }
  const owed = await folioOfReservation(transaction, reservationId, 'city_ledger', { lock: false });
  return {
    reservation_id: reservationId, folio_id: found.id, status: 'closed', settlement: found.settlement ?? settlement, balance_minor: 0, city_ledger_folio_id: owed?.id ?? null,
  };
}

/**
 * Whoever checks out after the close of a day is in the house for that night, which the night audit has still to charge. The date decides, and no lock: reservations
 * closes no day while a check-out of it runs, so one that names the date before is not among those who are charged, and one that names the next date is.
 */
async function refuseWhileOwed(transaction: Transaction, propertyId: string, dateOfReservations: string): Promise<void> {
  const night = await nightOwed(transaction, propertyId, dateOfReservations);
  if (night !== undefined) {
    throw new Problem({
      status: 503, code: 'night_audit_running', message: `The night of ${night} is being charged.`,
      hint: 'Check out again when the night audit of the property has charged its rooms; if it has failed, begin it again.', headers: { 'retry-after': '1' },
    });
  }
}

async function settle(transaction: Transaction, folio: LockedFolio, settlement: Settlement, cityLedgerAllowed: boolean): Promise<void> {
  const { balance_minor, deposit_minor } = folio;
  if (balance_minor !== 0 && (settlement === 'paid' || balance_minor < 0)) throw notSettled(folio);
  if (balance_minor > 0 && !cityLedgerAllowed) {
    throw new Problem({ status: 409, code: 'city_ledger_not_allowed', message: 'This property does not let guests leave with a debt.', hint: 'Take a payment, or have the setting billing.city_ledger_allowed changed.' });
  }
  if (deposit_minor > 0) await useDeposit(transaction, folio);
  if (balance_minor > 0) await moveToCityLedger(transaction, folio);
}

async function useDeposit(transaction: Transaction, folio: LockedFolio): Promise<void> {
  await postNew(transaction, folio, postingOn(folio, {
    kind: 'deposit_applied', description: '', net_minor: 0, gross_minor: 0, entries: depositEntries(folio, folio.deposit_minor), created_by: null,
  }));
}

/** A folio for each debt, so that no row of the property is waited for by all. */
async function moveToCityLedger(transaction: Transaction, folio: LockedFolio): Promise<void> {
  const { property_id, name, reservation_id, group_id, guest_id, arrival, departure, currency } = folio;
  const { folio: owed } = await openFolio(transaction, { property_id, kind: 'city_ledger', name, reservation_id, reservation_version: 0, group_id, guest_id, arrival, departure, currency });
  const amount = folio.balance_minor;
  await postNew(transaction, folio, postingOn(folio, {
    kind: 'settlement', counter_folio_id: owed.id, description: '', net_minor: -amount, gross_minor: -amount, entries: transferEntries(folio, owed, amount), created_by: null,
  }));
}

function notSettled({ balance_minor, currency }: Folio): Problem {
  return new Problem({
    status: 409,
    code: 'folio_not_settled',
    message: `The balance of this folio is ${balance_minor} minor units of ${currency}.`,
    hint: balance_minor > 0 ? 'Take a payment, or settle to the city ledger.' : 'Refund what was paid too much.',
    errors: [{ in: 'folio', field: '/balance_minor', message: String(balance_minor) }],
  });
}
