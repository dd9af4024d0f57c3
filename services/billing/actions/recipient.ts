/** Whom an invoice is for, when nobody says: the guest of the folio as the guests service knows him now. The invoice keeps it as it is then. */
import { Problem } from '@tartware/kit';
import type { Recipient } from '../model/invoice.ts';
import { existingFolio } from './folios.ts';
import type { Billing } from './billing.ts';

interface Profile {
  first_name?: string | null;
  last_name?: string | null;
}

/** @throws Problem 422 `recipient_missing` when the folio is nobody's; what guests answers */
export async function recipientOf({ database, services }: Billing, tenantId: string, folioId: string): Promise<Recipient> {
  const { guest_id, name } = await database.withTenant(tenantId, (transaction) => existingFolio(transaction, folioId));
  if (guest_id !== null) {
    const { first_name, last_name } = await services.guests.call<Profile>({ method: 'GET', path: `/internal/guests/${guest_id}`, tenantId });
    const full = [first_name, last_name].filter((part) => part).join(' ');
    if (full !== '') return { name: full };
  }
  if (name !== '') return { name };
  throw new Problem({ status: 422, code: 'recipient_missing', message: 'Nobody is known to make this invoice out to.', hint: 'Send "recipient" with a name.' });
}
