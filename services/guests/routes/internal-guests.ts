import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf } from '@tartware/kit/authenticate';
import type { Database } from '@tartware/kit/database';
import { Id } from '@tartware/kit/resources';
import { Guest } from '../model/guest.ts';
import { getGuest } from '../store/guests.ts';
import { existing } from './profile.ts';

/** `app` is behind `requireToken` and takes tokens of services only. */
export function internalGuestRoutes(app: App, database: Database): void {
  app.get('/internal/guests/:id', { schema: { summary: 'Shows a guest, or the profile that it was merged into.', params: Type.Object({ id: Id }), response: { 200: Guest } } }, (request) =>
    database.withTenant(claimsOf(request).tenant_id, async (transaction) => {
      const found = existing(await getGuest(transaction, request.params.id));
      // A survivor is never merged itself: those who were merged into it follow it.
      return found.merged_into === null ? found : existing(await getGuest(transaction, found.merged_into));
    }));
}
