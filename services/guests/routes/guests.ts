import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Database } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import { Id, PageQuery, etagOf, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { Guest, GuestChange, NewGuest, Preferences } from '../model/guest.ts';
import { pickProfile } from '../model/merge.ts';
import { getGuest, insertGuest, listGuests, updateGuest } from '../store/guests.ts';
import { activeGuest, announce, existing } from './profile.ts';

const ById = Type.Object({ id: Id });
const Search = Type.Object({ ...PageQuery.properties, q: Type.String({ default: '', maxLength: 200, description: 'the beginning of a name or an e-mail address, or of both names' }) });

const EMPTY: Required<GuestChange> = {
  first_name: '', last_name: '', email: null, phone: null, nationality: null, language: null, birth_date: null, address: null, vip: false, notes: '',
};

/** `app` is behind `requireToken`. */
export function guestRoutes(app: App, database: Database): void {
  app.get('/v1/guests', { schema: { summary: 'Lists guests, or finds them by the beginning of a name.', querystring: Search, response: { 200: pageOf(Guest) } } }, async (request) => {
    const { limit, cursor, q } = request.query;
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => listGuests(transaction, { q, after: cursor, limit: limit + 1 }));
    return toPage(found, limit);
  });

  app.get('/v1/guests/:id', { schema: { summary: 'Shows a guest.', params: ById, response: { 200: Guest } } }, async (request, reply) => {
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => getGuest(transaction, request.params.id));
    return sendWithETag(reply, existing(found));
  });

  app.post('/v1/guests', { schema: { summary: 'Makes a profile.', body: NewGuest, response: { 201: Guest } } }, async (request, reply) => {
    requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const made = await insertGuest(transaction, { ...EMPTY, ...request.body });
      await announce(transaction, 'guest.created', made);
      return { status: 201, body: made, headers: { location: `/v1/guests/${made.id}`, etag: etagOf(made) } };
    });
  });

  app.patch('/v1/guests/:id', { schema: { summary: 'Changes a profile.', params: ById, body: GuestChange, response: { 200: Guest } } }, async (request, reply) => {
    const changed = await database.withTenant(requireWriter(request).tenant_id, async (transaction) => {
      const guest = await activeGuest(transaction, request.params.id);
      requireMatch(request, guest.version);
      const updated = await updateGuest(transaction, guest.id, { ...pickProfile(guest), ...request.body }, guest.preferences);
      await announce(transaction, 'guest.updated', updated);
      return updated;
    });
    return sendWithETag(reply, changed);
  });

  app.put('/v1/guests/:id/preferences', { schema: { summary: 'Replaces what a guest prefers.', params: ById, body: Preferences, response: { 200: Guest } } }, async (request, reply) => {
    const changed = await database.withTenant(requireWriter(request).tenant_id, async (transaction) => {
      const guest = await activeGuest(transaction, request.params.id);
      requireMatch(request, guest.version);
      const updated = await updateGuest(transaction, guest.id, pickProfile(guest), request.body);
      await announce(transaction, 'guest.updated', updated);
      return updated;
    });
    return sendWithETag(reply, changed);
  });
}
