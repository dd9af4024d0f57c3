/** Rows of the schema `billing`: folios, postings with their ledger entries, payments, invoices, taxes and night audits. */
import type { Hotel } from './hotel/hotel.ts';
import type { Account } from './hotel/ledger.ts';
import type { AuditedDay } from './hotel/audits.ts';
import { without } from './rows.ts';
import type { EventRow, Row, SchemaRows } from './rows.ts';

export function billingRows(hotel: Hotel): SchemaRows {
  const { house: { property, taxRules }, accounts, audited, actor } = hotel;
  const postings = accounts.flatMap((account) => account.postings);
  const invoices = numbered(accounts);
  return {
    service: 'billing',
    tables: [
      { name: 'properties', rows: [{ id: property.id, currency: property.currency, business_date: property.business_date }] },
      { name: 'tax_rules', rows: taxRules.map((rule) => ({ property_id: property.id, ...rule })) },
      { name: 'folios', rows: accounts.map(openFolio) },
      { name: 'postings', rows: postings.map((posting) => without(posting, 'entries')) },
      // The folios' balances follow by the table's own trigger.
      { name: 'ledger_entries', rows: postings.flatMap(({ entries }) => entries) },
      { name: 'payments', rows: accounts.flatMap(({ payments }) => payments.map((payment) => ({ ...payment, actor }))) },
      { name: 'invoice_numbers', rows: invoices.length === 0 ? [] : [{ property_id: property.id, last: invoices.length }] },
      { name: 'invoices', rows: invoices.map((invoice) => ({ ...invoice, actor })) },
      { name: 'invoice_postings', rows: invoices.flatMap(({ id, document }) => document.lines.map(({ posting_id }) => ({ posting_id, invoice_id: id }))) },
      { name: 'night_audits', rows: audited.map((day) => auditRow(day, actor)) },
      { name: 'ledger_days', rows: audited.flatMap(({ audit, sums }) => sums.map((sum) => ({ property_id: property.id, business_date: audit.business_date, currency: property.currency, ...sum }))) },
      { name: 'night_audit_rooms', rows: audited.flatMap(({ audit, inHouse }) => inHouse.map((room) => ({ audit_id: audit.id, ...room, status: room.amount_minor > 0 ? 'posted' : 'free' }))) },
    ],
    updates: [
      { name: 'folios', rows: accounts.flatMap(({ closed }) => (closed ? [{ id: closed.id, version: closed.version, status: 'closed', settlement: closed.settlement, closed_at: closed.closed_at }] : [])) },
      // From then on no entry may be dated into an audited day.
      { name: 'properties', rows: audited.slice(-1).map(({ audit }) => ({ id: property.id, summed_through: audit.business_date })) },
    ],
    events: eventsOf(hotel, invoices),
    consumed: [
      { consumer: 'reservations', of: 'reservations', types: ['reservation.confirmed', 'reservation.changed', 'reservation.cancelled', 'reservation.no_show'] },
      { consumer: 'core', of: 'core', types: ['property.created', 'property.business_date_advanced'] },
    ],
  };
}

/** Without gap, in the order in which they were issued. */
function numbered(accounts: readonly Account[]): (Account['invoices'][number] & { number: number })[] {
  const issued = accounts.flatMap(({ invoices }) => invoices);
  return issued.sort((one, other) => (one.issued_at < other.issued_at ? -1 : 1)).map((invoice, index) => ({ ...invoice, number: index + 1 }));
}

function openFolio({ folio, reservationVersion }: Account): Row {
  return { ...without(folio, 'balance_minor', 'deposit_minor', 'settlement', 'closed_at'), version: folio.status === 'closed' ? folio.version - 1 : folio.version, status: 'open', reservation_version: reservationVersion };
}

function auditRow({ audit }: AuditedDay, actor: string | null): Row {
  return { ...without(audit, 'rooms', 'refused'), actor };
}

function eventsOf({ accounts, audited, random }: Hotel, invoices: readonly ReturnType<typeof numbered>[number][]): EventRow[] {
  const event = (type: string, { id, property_id, version = 1 }: { id: string; property_id: string; version?: number }, data: object, moment: Date | string | null): EventRow => {
    const occurred_at = String(moment);
    return { id: random.uuid(Date.parse(occurred_at)), type, aggregate_id: id, version, property_id, data, occurred_at };
  };
  return [
    ...accounts.map(({ opened }) => event('folio.opened', opened, opened, opened.opened_at)),
    ...accounts.flatMap(({ postings }) => postings.flatMap(({ kind, charge_kind, folio_id, reservation_id, entries }) =>
      entries.map((entry) => event('ledger.posted', entry, { ...entry, kind, charge_kind, folio_id, reservation_id }, entry.created_at)))),
    ...accounts.flatMap(({ closed }) => (closed ? [event('folio.closed', closed, closed, closed.closed_at)] : [])),
    ...invoices.map((invoice) => event('invoice.issued', invoice, invoice, invoice.issued_at)),
    ...audited.map(({ audit }) => event('night_audit.completed', audit, audit, audit.completed_at)),
  ];
}
