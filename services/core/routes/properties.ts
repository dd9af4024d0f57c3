import { Type } from '@sinclair/typebox';
import { Problem, notFound } from '@tartware/kit';
import type { App } from '@tartware/kit';
import { claimsOf, requireRole } from '@tartware/kit/authenticate';
import type { Database } from '@tartware/kit/database';
import { NewProperty, Property } from '../model/property.ts';
import { getProperty, insertProperty, listProperties } from '../store/properties.ts';

const Page = Type.Object({
  limit: Type.Integer({ default: 50, minimum: 1, maximum: 200 }),
  cursor: Type.Optional(Type.String({ format: 'uuid', description: 'next_cursor of the page before' })),
});
const PropertyPage = Type.Object({ items: Type.Array(Property), next_cursor: Type.Unsafe<string | null>({ type: ['string', 'null'] }) });
const ById = Type.Object({ id: Type.String({ format: 'uuid' }) });

const MAY_WRITE = ['manager', 'operator'];

/** `app` is behind `requireToken`. */
export function propertyRoutes(app: App, database: Database): void {
  app.get('/v1/properties', { schema: { querystring: Page, response: { 200: PropertyPage } } }, async (request) => {
    const { limit, cursor } = request.query;
    // One more than asked tells whether there is a next page.
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => listProperties(transaction, cursor, limit + 1));
    const items = found.slice(0, limit);
    return { items, next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  });

  app.get('/v1/properties/:id', { schema: { params: ById, response: { 200: Property } } }, async (request) => {
    const found = await database.withTenant(claimsOf(request).tenant_id, (transaction) => getProperty(transaction, request.params.id));
    if (!found) {
      throw notFound('This property');
    }
    return found;
  });

  app.post('/v1/properties', { schema: { body: NewProperty, response: { 201: Property } } }, async (request, reply) => {
    const { tenant_id } = requireRole(request, MAY_WRITE);
    const made = await database.withTenant(tenant_id, (transaction) => insertProperty(transaction, request.body));
    if (!made) {
      throw new Problem({ status: 409, code: 'property_code_taken', message: `There is a property with the code ${request.body.code} already.`, hint: 'Choose another code.' });
    }
    return reply.code(201).header('location', `/v1/properties/${made.id}`).send(made);
  });
}
