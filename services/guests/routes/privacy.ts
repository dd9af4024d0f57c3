/** Merging, erasing and exporting profiles (GDPR, articles 15 to 17 and 20). */
import { Type } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireRole, requireWriter } from '@tartware/kit/authenticate';
import type { Database, Transaction } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import { emit } from '@tartware/kit/outbox';
import { Id, etagOf } from '@tartware/kit/resources';
import type { ServiceClient } from '@tartware/kit/services';
import { exportGuest } from '../model/export.ts';
import { Guest } from '../model/guest.ts';
import { mergedProfile } from '../model/merge.ts';
import { listConsents, moveConsents } from '../store/consents.ts';
import { eraseGuest, getGuest, lockGuests, markMerged, mergedInto, updateGuest } from '../store/guests.ts';
import { activeGuest, announce, existing, requireActive } from './profile.ts';

const ById = Type.Object({ id: Id });
const Merge = Type.Object({ into: Id }, { additionalProperties: false });
const Export = Type.Record(Type.String(), Type.Unknown(), { description: 'all that is kept about the guest, by where it is kept' });

/** `app` is behind `requireToken`. */
export function privacyRoutes(app: App, database: Database, services: Record<'reservations' | 'billing', ServiceClient>): void {
  app.post('/v1/guests/:id/merge', { schema: { summary: 'Merges a profile into another.', params: ById, body: Merge, response: { 200: Guest } } }, async (request, reply) => {
    requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const survivor = await merge(transaction, request.params.id, request.body.into);
      return { status: 200, body: survivor, headers: { etag: etagOf(survivor) } };
    });
  });

  app.post('/v1/guests/:id/erase', { schema: { summary: 'Erases a profile at the guest\'s request.', params: ById, response: { 200: Guest } } }, async (request, reply) => {
    requireRole(request, ['manager', 'service']);
    return idempotent(database, request, reply, async (transaction) => {
      const guest = await activeGuest(transaction, request.params.id);
      const erased = await eraseGuest(transaction, guest.id);
      await emit(transaction, { type: 'guest.erased', aggregateId: erased.id, version: erased.version, data: { id: erased.id } });
      return { status: 200, body: erased, headers: { etag: etagOf(erased) } };
    });
  });

  app.get('/v1/guests/:id/export', { schema: { summary: 'Gives out all that is kept about a guest.', params: ById, response: { 200: Export } } }, async (request) => {
    const { tenant_id } = claimsOf(request);
    const own = await database.withTenant(tenant_id, async (transaction) => {
      const profile = existing(await getGuest(transaction, request.params.id));
      return { profile, merged_profiles: await mergedInto(transaction, profile.id), consents: await listConsents(transaction, profile.id) };
    });
    return exportGuest(own, services, tenant_id);
  });
}

async function merge(transaction: Transaction, from: string, into: string): Promise<Guest> {
  if (from === into) {
    throw new Problem({ status: 422, code: 'merge_with_itself', message: 'A profile cannot be merged into itself.', hint: 'Name the profile that is to stay in "into".' });
  }
  // Both in one statement, in the order of ids: two merges the other way round wait for each other instead of blocking one another.
  const found = await lockGuests(transaction, [from, into]);
  const other = existing(found.find(({ id }) => id === from));
  const survivor = existing(found.find(({ id }) => id === into));
  requireActive(other);
  requireActive(survivor);
  const { preferences, ...profile } = mergedProfile(survivor, other);
  const changed = await updateGuest(transaction, into, profile, preferences);
  const merged = await markMerged(transaction, from, into);
  await moveConsents(transaction, from, into);
  await announce(transaction, 'guest.updated', changed);
  await emit(transaction, { type: 'guest.merged', aggregateId: from, version: merged.version, data: { from, into } });
  return changed;
}
