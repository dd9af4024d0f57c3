/** Whom an invoice is for, when nobody says: the guest of the folio as the guests service knows him now. The invoice keeps it as it is then. */
import { Problem } from '@tartware/kit';
import type { Recipient } from '../model/invoice.ts';
import { reading } from '../store/queries.ts';
import { existingFolio } from './folios.ts';
import type { Billing } from './billing.ts';

interface Profile {
  first_name: string;
  last_name: string;
  address: { street?: string; city?: string; postal_code?: string; region?: string; country?: string } | null;
}

/** @throws Problem 422 `recipient_missing` when the folio is nobody's; what guests answers */
export async function recipientOf({ database, services }: Billing, tenantId: string, folioId: string): Promise<Recipient> {
  const { guest_id, name } = await existingFolio(reading(database, tenantId), folioId);
  if (guest_id !== null) {
    const profile = await services.guests.call<Profile>({ method: 'GET', path: `/internal/guests/${guest_id}`, tenantId });
    return { name: joined(' ', profile.first_name, profile.last_name), address: addressOf(profile) };
  }
  if (name !== '') return { name };
  throw new Problem({ status: 422, code: 'recipient_missing', message: 'Nobody is known to make this invoice out to.', hint: 'Send "recipient" with a name.' });
}

function addressOf({ address }: Profile): string {
  return address ? joined('\n', address.street, joined(' ', address.postal_code, address.city), address.region, address.country) : '';
}

function joined(separator: string, ...parts: (string | undefined)[]): string {
  return parts.filter((part) => part).join(separator);
}
