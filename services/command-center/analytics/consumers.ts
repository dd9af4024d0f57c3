/** All events of all services, into ClickHouse. */
import type { Consumer, EventHandler } from '@tartware/kit/events';
import type { Analytics } from './clickhouse.ts';
import { addRows, noRows } from './rows.ts';

/** By service, as docs/services.md lists them. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  'core': ['property.created', 'property.updated', 'property.business_date_advanced'],
  'rooms': ['room_type.created', 'room_type.updated', 'room.created', 'room.updated', 'rate_plan.created', 'rate_plan.updated', 'rates.changed', 'inventory.changed'],
  'reservations': [
    'reservation.confirmed', 'reservation.changed', 'reservation.room_assigned', 'reservation.room_unassigned', 'reservation.checked_in',
    'reservation.checked_out', 'reservation.cancelled', 'reservation.no_show',
  ],
  'guests': ['guest.created', 'guest.updated', 'guest.merged', 'guest.erased'],
  'billing': ['folio.opened', 'folio.closed', 'ledger.posted', 'invoice.issued', 'night_audit.completed'],
  'housekeeping': ['room_status.changed', 'task.created', 'task.updated', 'out_of_order.set', 'out_of_order.cleared'],
  'settings': ['setting.changed'],
  'command-center': ['command.finished'],
};

/**
 * A batch is inserted before the inbox knows it: what a crash leaves between is inserted again, as the same rows. Every version of an aggregate is
 * wanted, for pace and pickup look back; hence `each`.
 */
export function analyticsConsumers(analytics: Analytics): Consumer[] {
  const handler: EventHandler = {
    order: 'each',
    handle: (transaction, event) => insert(transaction, [event]),
    handleMany: (transaction, events) => insert(transaction, events),
  };
  async function insert(_transaction: unknown, events: Parameters<NonNullable<EventHandler['handleMany']>>[1]): Promise<void> {
    const rows = noRows();
    for (const event of events) addRows(rows, event);
    await analytics.insert(rows);
  }
  const types = Object.values(EVENTS).flat();
  // Alone: while ClickHouse is away, dead letters must still come in.
  return [{ name: 'analytics', alone: true, topics: Object.keys(EVENTS), handlers: Object.fromEntries(types.map((type) => [type, handler])) }];
}
