import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { requireWriter } from '@tartware/kit/authenticate';
import type { Database } from '@tartware/kit/database';
import { Id, choice } from '@tartware/kit/resources';
import { Consent, NewConsent, PURPOSES } from '../model/guest.ts';
import { insertConsent } from '../store/consents.ts';
import { activeGuest } from './profile.ts';

const OfPurpose = Type.Object({ id: Id, purpose: choice(PURPOSES) });

/** `app` is behind `requireToken`. */
export function consentRoutes(app: App, database: Database): void {
  app.put('/v1/guests/:id/consents/:purpose', { schema: { summary: 'Records that a guest agrees, or no longer does.', params: OfPurpose, body: NewConsent, response: { 200: Consent } } }, (request) => {
    const { tenant_id, sub } = requireWriter(request);
    return database.withTenant(tenant_id, async (transaction) => {
      const guest = await activeGuest(transaction, request.params.id);
      return insertConsent(transaction, { guestId: guest.id, purpose: request.params.purpose, ...request.body, recordedBy: sub });
    });
  });
}
