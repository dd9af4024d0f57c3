/** All that the platform keeps about a guest, gathered from the services that keep it. */
import type { Page } from '@tartware/kit/resources';
import type { ServiceClient } from '@tartware/kit/services';
import type { Consent, Guest } from './guest.ts';

export interface OwnData {
  profile: Guest;
  merged_profiles: Guest[];
  consents: Consent[];
}

/** @throws Problem of the service that did not answer: an export that lacks a part would be a false one */
export async function exportGuest(own: OwnData, services: Record<'reservations' | 'billing', ServiceClient>, tenantId: string): Promise<Record<string, unknown>> {
  const read = <Item>(service: 'reservations' | 'billing', path: string) =>
    all((cursor) => services[service].call<Page<Item>>({ method: 'GET', path: `${path}&limit=200${cursor}`, tenantId }));
  const ids = [own.profile, ...own.merged_profiles].map(({ id }) => id);
  const reservations = await gather(ids, (id) => read('reservations', `/v1/reservations?guest_id=${id}`));
  const folios = await gather(ids, (id) => read<{ id: string }>('billing', `/v1/billing/folios?guest_id=${id}`));
  const invoices = await gather(folios, ({ id }) => read('billing', `/v1/billing/invoices?folio_id=${id}`));
  return { ...own, reservations, folios, invoices };
}

/** One after the other: an export is rare and must not crowd out those who work. */
async function gather<Key, Item>(keys: readonly Key[], read: (key: Key) => Promise<Item[]>): Promise<Item[]> {
  const gathered: Item[] = [];
  for (const key of keys) {
    gathered.push(...(await read(key)));
  }
  return gathered;
}

async function all<Item>(read: (cursor: string) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
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
