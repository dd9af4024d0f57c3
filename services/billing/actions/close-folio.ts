/** The end of a stay's account: paid, or owed from now on by the city ledger. */
import { Problem, notFound } from '@tartware/kit';
import type { Transaction } from '@tartware/kit/database';
import { depositEntries, transferEntries } from '../model/entries.ts';
import type { Folio, SETTLEMENTS } from '../model/folio.ts';
import { closeFolio, folioOfReservation } from '../store/folios.ts';
import type { LockedFolio } from '../store/folios.ts';
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

/**
 * Closes a reservation's folio. Its row is locked from the first statement on: a charge comes before, and counts, or after, and is refused.
 * A folio that is closed already gives the answer that it gave then.
 * @param cityLedgerAllowed what the property's settings say
 * @throws Problem 409 `folio_not_settled` with the balance, `city_ledger_not_allowed`
 */
export async function closeForReservation(transaction: Transaction, reservationId: string, settlement: Settlement, cityLedgerAllowed: boolean): Promise<ClosedFolio> {
  const found = await folioOfReservation(transaction, reservationId, 'guest', { lock: true });
  if (!found) throw notFound('A folio of this reservation');
  if (found.status === 'open') {
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
