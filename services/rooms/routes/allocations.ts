import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import { Id } from '@tartware/kit/resources';
import { allocate } from '../allocate.ts';
import type { RoomsContext } from '../context.ts';
import { Allocation, Wanted } from '../model/allocation.ts';

const ByReservation = Type.Object({ reservation_id: Id });

/** `app` is behind a service's token. The revision makes it safe to send again, so an idempotency key is not needed. */
export function internalAllocationRoutes(app: App, context: RoomsContext): void {
  app.put('/internal/allocations/:reservation_id', { schema: { summary: 'Make the allocation of a reservation this one', params: ByReservation, body: Wanted, response: { 200: Allocation } } }, (request) =>
    allocate(context, claimsOf(request).tenant_id, request.params.reservation_id, request.body));
}
