/** What billing's actions work with, and how they announce what they did. */
import type { Logger } from '@tartware/kit';
import type { Database, Transaction } from '@tartware/kit/database';
import { emit } from '@tartware/kit/outbox';
import type { ServiceClient } from '@tartware/kit/services';
import type { Folio } from '../model/folio.ts';
import type { Invoice } from '../model/invoice.ts';
import type { NightAudit } from '../model/night-audit.ts';
import type { PostingWithEntries } from '../model/posting.ts';

export interface Billing {
  database: Database;
  services: Readonly<Record<'core' | 'reservations' | 'guests' | 'settings', ServiceClient>>;
  log: Logger;
}

/** Who does it: a user, or a service by the events it sends. */
export type Actor = string | null;

export async function announceFolio(transaction: Transaction, what: 'opened' | 'closed', folio: Folio): Promise<void> {
  await emit(transaction, { type: `folio.${what}`, aggregateId: folio.id, version: folio.version, propertyId: folio.property_id, data: folio });
}

/** Each entry is a fact of its own. All leave in one round trip. */
export async function announceEntries(transaction: Transaction, postings: readonly PostingWithEntries[]): Promise<void> {
  await Promise.all(postings.flatMap(({ kind, charge_kind, folio_id, reservation_id, entries }) => entries.map((entry) => emit(transaction, {
    type: 'ledger.posted', aggregateId: entry.id, version: 1, propertyId: entry.property_id, data: { ...entry, kind, charge_kind, folio_id, reservation_id },
  }))));
}

export async function announceInvoice(transaction: Transaction, invoice: Invoice): Promise<void> {
  await emit(transaction, { type: 'invoice.issued', aggregateId: invoice.id, version: 1, propertyId: invoice.property_id, data: invoice });
}

export async function announceAudit(transaction: Transaction, audit: NightAudit): Promise<void> {
  await emit(transaction, { type: 'night_audit.completed', aggregateId: audit.id, version: 1, propertyId: audit.property_id, data: audit });
}
