/** What the routes and consumers of rooms work with. */
import { Problem, notFound } from '@tartware/kit';
import type { DomainContext } from '@tartware/kit/domain-service';
import { getProperty, keepProperty } from './store/properties.ts';
import type { Property } from './store/properties.ts';
import { readerOf } from './store/reader.ts';

export type RoomsContext = Pick<DomainContext<unknown, 'core'>, 'database' | 'services' | 'cache'>;

/**
 * Core's events bring every property here; one that is not here yet is asked for.
 * @throws Problem 404 when the tenant has no such property, 503 when core cannot be asked
 */
export async function knownProperty({ database, services }: RoomsContext, tenantId: string, id: string): Promise<Property> {
  const known = await getProperty(readerOf(database, tenantId), id);
  if (known) return known;
  const told = await services.core.call<Property>({ method: 'GET', path: `/internal/properties/${id}`, tenantId }).catch((error: unknown) => {
    throw error instanceof Problem && error.status === 404 ? notFound('This property') : error;
  });
  return database.withTenant(tenantId, (transaction) => keepProperty(transaction, told));
}

/** Offers of a property are dropped together. */
export function offersGroup(tenantId: string, propertyId: string): string {
  return `offers:${tenantId}:${propertyId}`;
}

/** Called after the commit, so that what is loaded next is new. The event drops them again, should this pod end before. */
export function dropOffers({ cache }: RoomsContext, tenantId: string, propertyId: string): Promise<void> {
  return cache.drop(offersGroup(tenantId, propertyId));
}
