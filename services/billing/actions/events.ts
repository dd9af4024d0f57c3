/** What billing does when others announce something. Each event has its effect once, in whatever order they come. */
import type { Transaction } from '@tartware/kit/database';
import type { DomainEvent, EventHandler } from '@tartware/kit/events';
import { chargeOn } from './charge.ts';
import { openGuestFolio } from './folios.ts';
import type { Reservation } from './folios.ts';
import type { Billing } from './billing.ts';
import { knownProperty } from './properties.ts';
import { openForPosting, postOn } from './post.ts';
import { eraseGuest, mergeGuest } from '../store/folios.ts';
import { advanceProperty, insertProperty } from '../store/properties.ts';
import type { Property } from '../store/properties.ts';
import { taxRulesOfFolio } from '../store/taxes.ts';

export type Handlers = Readonly<Record<string, EventHandler>>;

/** Opens the guest folio, and keeps its guest and dates. */
function reservationHandler(billing: Billing): EventHandler {
  return {
    order: 'latest',
    async handle(transaction, event: DomainEvent<Reservation>) {
      await knownProperty(transaction, billing, event.tenant_id, event.data.property_id);
      await openGuestFolio(transaction, event.data);
    },
  };
}

/** Charges the fee that the booking's policy gave when it ended. The database takes one such charge per reservation. */
function feeHandler(billing: Billing, description: string): EventHandler {
  return {
    order: 'each',
    async handle(transaction, event: DomainEvent<Reservation>) {
      await knownProperty(transaction, billing, event.tenant_id, event.data.property_id);
      const { id } = await openGuestFolio(transaction, event.data);
      const amount_minor = event.data.cancellation_fee_minor ?? 0;
      if (amount_minor > 0) await chargeFee(transaction, id, { amount_minor, currency: event.data.currency, description });
    },
  };
}

async function chargeFee(transaction: Transaction, folioId: string, price: { amount_minor: number; currency: string; description: string }): Promise<void> {
  const [folio, rules] = await Promise.all([openForPosting(transaction, folioId), taxRulesOfFolio(transaction, folioId)]);
  await postOn(transaction, folio, chargeOn(folio, { kind: 'cancellation_fee', ...price }, rules, { source: 'cancellation', created_by: null }));
}

export function reservationEvents(billing: Billing): Handlers {
  return {
    'reservation.confirmed': reservationHandler(billing),
    'reservation.changed': reservationHandler(billing),
    'reservation.cancelled': feeHandler(billing, 'Cancellation fee'),
    'reservation.no_show': feeHandler(billing, 'No-show fee'),
  };
}

export const guestEvents: Handlers = {
  'guest.merged': { order: 'each', handle: (transaction, event: DomainEvent<{ from: string; into: string }>) => mergeGuest(transaction, event.data.from, event.data.into) },
  // Invoices stay as they were issued: the law wants them kept.
  'guest.erased': { order: 'each', handle: (transaction, event) => eraseGuest(transaction, event.aggregate_id) },
};

/** Should the date have moved without a night audit of ours, billing follows. */
async function followProperty(transaction: Transaction, { data }: DomainEvent<Property>): Promise<void> {
  await insertProperty(transaction, data);
  await advanceProperty(transaction, data.id, data.business_date);
}

export const propertyEvents: Handlers = {
  'property.created': { order: 'latest', handle: followProperty },
  'property.business_date_advanced': { order: 'latest', handle: followProperty },
};
