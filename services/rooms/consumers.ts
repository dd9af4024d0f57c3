/** What rooms does when something happens elsewhere. */
import type { Transaction } from '@tartware/kit/database';
import type { Consumer, DomainEvent, EventHandler } from '@tartware/kit/events';
import { dropOffers } from './context.ts';
import type { RoomsContext } from './context.ts';
import { giveBack } from './give-back.ts';
import type { EndedReservation } from './give-back.ts';
import { changeOutOfOrder } from './out-of-order.ts';
import { keepProperty } from './store/properties.ts';
import type { Property } from './store/properties.ts';

export function consumersOf(context: RoomsContext): Consumer[] {
  const ended = together((transaction, events: readonly DomainEvent<EndedReservation>[]) => giveBack(transaction, events.map(({ data }) => data)), 'each');
  const outOfOrder = together(changeOutOfOrder, 'latest');
  const property: EventHandler = { order: 'latest', handle: async (transaction, { data }: DomainEvent<Property>) => void await keepProperty(transaction, data) };
  const dropping = together((_transaction, events) => dropAll(context, events), 'each');
  return [
    { topics: ['reservations'], handlers: { 'reservation.cancelled': ended, 'reservation.no_show': ended, 'reservation.checked_out': ended } },
    { topics: ['housekeeping'], handlers: { 'out_of_order.set': outOfOrder, 'out_of_order.cleared': outOfOrder } },
    { topics: ['core'], handlers: { 'property.created': property, 'property.updated': property, 'property.business_date_advanced': property } },
    { name: 'offers', topics: ['rooms', 'core'], handlers: Object.fromEntries(CHANGE_OFFERS.map((type) => [type, dropping])) },
  ];
}

const CHANGE_OFFERS = ['inventory.changed', 'rates.changed', 'room_type.updated', 'rate_plan.updated', 'property.business_date_advanced', 'property.updated'];

/** Events that come together are worked on together: one transaction that took locks for one event after the other could meet another in a circle. */
function together<Data>(work: (transaction: Transaction, events: readonly DomainEvent<Data>[]) => Promise<void>, order: EventHandler['order']): EventHandler {
  return {
    order,
    handle: (transaction, event: DomainEvent<Data>) => work(transaction, [event]),
    handleMany: (transaction, events: readonly DomainEvent<Data>[]) => work(transaction, events),
  };
}

/** All are of one tenant. */
async function dropAll(context: RoomsContext, events: readonly DomainEvent[]): Promise<void> {
  const properties = new Map(events.flatMap(({ tenant_id, property_id }) => (property_id === null ? [] : [[property_id, tenant_id] as const])));
  await Promise.all([...properties].map(([property, tenant]) => dropOffers(context, tenant, property)));
}
