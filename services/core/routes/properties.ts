import { Type } from '@sinclair/typebox';
import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireWriter } from '@tartware/kit/authenticate';
import type { Database, Transaction } from '@tartware/kit/database';
import { idempotent } from '@tartware/kit/idempotency';
import { emit } from '@tartware/kit/outbox';
import { Id, PageQuery, etagOf, pageOf, requireMatch, sendWithETag, toPage } from '@tartware/kit/resources';
import { NewProperty, Property, PropertyChange } from '../model/property.ts';
import { getProperty, insertProperty, listProperties, lockProperty, updateProperty } from '../store/properties.ts';
import { requireTenant } from '../store/tenants.ts';

const ById = Type.Object({ id: Id });

/** `app` is behind `requireToken`. */
export function propertyRoutes(app: App, database: Database): void {
  app.get('/v1/properties', { schema: { summary: 'Lists properties.', querystring: PageQuery, response: { 200: pageOf(Property) } } }, async (request) => {
    const { limit, cursor } = request.query;
    // One more than asked tells whether there is a next page.
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => listProperties(transaction, cursor, limit + 1));
    return toPage(found, limit);
  });

  app.get('/v1/properties/:id', { schema: { summary: 'Shows a property.', params: ById, response: { 200: Property } } }, async (request, reply) => {
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => getProperty(transaction, request.params.id));
    return sendWithETag(reply, existing(found));
  });

  app.post('/v1/properties', { schema: { summary: 'Opens a property.', body: NewProperty, response: { 201: Property } } }, async (request, reply) => {
    requireWriter(request);
    return idempotent(database, request, reply, async (transaction) => {
      const made = await create(transaction, request.body);
      return { status: 201, body: made, headers: { location: `/v1/properties/${made.id}`, etag: etagOf(made) } };
    });
  });

  app.patch('/v1/properties/:id', { schema: { summary: 'Renames a property or moves its clock.', params: ById, body: PropertyChange, response: { 200: Property } } }, async (request, reply) => {
    const changed = await database.withTenant(requireWriter(request).tenant_id, async (transaction) => {
      requireMatch(request, existing(await lockProperty(transaction, request.params.id)).version);
      const property = existing(await updateProperty(transaction, request.params.id, request.body));
      await announce(transaction, 'property.updated', property);
      return property;
    });
    return sendWithETag(reply, changed);
  });
}

async function create(transaction: Transaction, wanted: NewProperty): Promise<Property> {
  await requireTenant(transaction);
  const made = await insertProperty(transaction, wanted);
  if (!made) {
    throw new Problem({ status: 409, code: 'property_code_taken', message: `There is a property with the code ${wanted.code} already.`, hint: 'Choose another code.' });
  }
  await announce(transaction, 'property.created', made);
  return made;
}

export async function announce(transaction: Transaction, type: string, property: Property): Promise<void> {
  await emit(transaction, { type, aggregateId: property.id, version: property.version, propertyId: property.id, data: property });
}

export function existing(property: Property | undefined): Property {
  if (!property) {
    throw notFound('This property');
  }
  return property;
}
