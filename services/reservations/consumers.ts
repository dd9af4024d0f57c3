/** What this service makes of the others' events. */
import type { Consumer, DomainEvent } from '@tartware/kit/events';
import type { Cache } from '@tartware/kit/cache';
import { EVENTS } from './model/reservation.ts';
import { announce } from './operations/announce.ts';
import { guestGroup, settingsGroup } from './operations/ask.ts';
import { keepMerge, mergeGuest } from './store/guests.ts';
import { eraseWaiting, lookAt, mergeWaiting } from './store/waitlist.ts';
import type { Freed } from './store/waitlist.ts';

export function consumersOf(cache: Cache): Consumer[] {
  return [
    {
      topics: ['rooms'],
      handlers: {
        // Cheap here: the job asks rooms what is really free.
        'inventory.changed': { order: 'each', handle: (transaction, { data }: DomainEvent<Freed>) => lookAt(transaction, data) },
      },
    },
    {
      topics: ['guests'],
      handlers: {
        'guest.merged': {
          order: 'each',
          async handle(transaction, { tenant_id, data: { from, into } }: DomainEvent<{ from: string; into: string }>) {
            await cache.drop(guestGroup(tenant_id, from));
            const survivor = await keepMerge(transaction, from, into);
            await mergeWaiting(transaction, from, survivor);
            for (const reservation of await mergeGuest(transaction, from, survivor)) {
              if (!['requested', 'rejected'].includes(reservation.status)) await announce(transaction, EVENTS.changed, reservation);
            }
          },
        },
        // Reservations keep the id, which names nobody any more; whoever is forgotten waits for nothing.
        'guest.erased': {
          order: 'each',
          async handle(transaction, { tenant_id, aggregate_id }) {
            await cache.drop(guestGroup(tenant_id, aggregate_id));
            await eraseWaiting(transaction, aggregate_id);
          },
        },
      },
    },
    {
      topics: ['settings'],
      handlers: { 'setting.changed': { order: 'each', handle: (_transaction, { tenant_id }) => cache.drop(settingsGroup(tenant_id)) } },
    },
  ];
}
