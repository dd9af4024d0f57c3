/** All that the platform keeps about a guest, gathered from the services that keep it. */
import type { ServiceClient } from '@tartware/kit/services';
import type { Consent, Guest } from './guest.ts';

export interface OwnData {
  profile: Guest;
  merged_profiles: Guest[];
  consents: Consent[];
}

interface Page {
  items: unknown[];
  next_cursor: string | null;
}

/** @throws Problem of the service that did not answer: an export that lacks a part would be a false one */
export async function exportGuest(own: OwnData, services: Record<'reservations' | 'billing', ServiceClient>, tenantId: string): Promise<Record<string, unknown>> {
  const [reservations, folios, invoices] = await Promise.all([
    all((cursor) => services.reservations.call<Page>({ method: 'GET', path: `/v1/reservations?guest_id=${own.profile.id}&limit=200${cursor}`, tenantId })),
    all((cursor) => services.billing.call<Page>({ method: 'GET', path: `/v1/billing/folios?guest_id=${own.profile.id}&limit=200${cursor}`, tenantId })),
    all((cursor) => services.billing.call<Page>({ method: 'GET', path: `/v1/billing/invoices?guest_id=${own.profile.id}&limit=200${cursor}`, tenantId })),
  ]);
  return { ...own, reservations, folios, invoices };
}

async function all(read: (cursor: string) => Promise<Page>): Promise<unknown[]> {
  const items: unknown[] = [];
  let cursor = '';
  for (;;) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.next_cursor === null) {
      return items;
    }
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
  }
}
