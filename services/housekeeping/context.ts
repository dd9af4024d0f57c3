/** What the routes and consumers of housekeeping work with. */
import { Problem, notFound } from '@tartware/kit';
import type { DomainContext } from '@tartware/kit/domain-service';
import { getBusinessDate, keepBusinessDate } from './store/properties.ts';
import { readerOf } from './store/reader.ts';
import { getRoom, keepRoom } from './store/rooms.ts';
import type { KnownRoom, ToldRoom } from './store/rooms.ts';

export type HousekeepingContext = Pick<DomainContext<unknown, 'core' | 'rooms' | 'settings'>, 'database' | 'services' | 'cache' | 'log'>;

/**
 * Events bring every room here; one whose event is still on the way is asked for.
 * @throws Problem 404 when the tenant has no such room, 503 when rooms cannot be asked
 */
export async function knownRoom({ database, services }: HousekeepingContext, tenantId: string, id: string): Promise<KnownRoom> {
  const known = await getRoom(readerOf(database, tenantId), id);
  if (known) return known;
  const told = await services.rooms.call<ToldRoom>({ method: 'GET', path: `/internal/rooms/${id}`, tenantId }).catch((error: unknown) => {
    throw error instanceof Problem && error.status === 404 ? notFound('This room') : error;
  });
  return database.withTenant(tenantId, (transaction) => keepRoom(transaction, told));
}

/** As `knownRoom`, for the day that a property is at. */
export async function knownBusinessDate({ database, services }: HousekeepingContext, tenantId: string, propertyId: string): Promise<string> {
  const known = await getBusinessDate(readerOf(database, tenantId), propertyId);
  if (known !== undefined) return known;
  const { business_date } = await services.core.call<{ business_date: string }>({ method: 'GET', path: `/internal/properties/${propertyId}`, tenantId });
  await database.withTenant(tenantId, (transaction) => keepBusinessDate(transaction, propertyId, business_date));
  return business_date;
}

const INSPECTION_REQUIRED = 'housekeeping.inspection_required';
const KEPT_SECONDS = 300;
/** Somebody stands in the corridor and waits. */
const PATIENCE_MS = 1_000;

export function settingsGroup(tenantId: string): string {
  return `settings:${tenantId}`;
}

/** Whether cleaned rooms are looked at by somebody else. While settings cannot be asked, what its definition says: they are not. */
export async function inspectionRequired({ services, cache, log }: HousekeepingContext, tenantId: string, propertyId: string): Promise<boolean> {
  try {
    return await cache.through({
      group: settingsGroup(tenantId),
      key: propertyId,
      ttlSeconds: KEPT_SECONDS,
      load: async () => {
        const { values } = await services.settings.call<{ values: Readonly<Record<string, unknown>> }>({ method: 'GET', path: `/internal/settings?property_id=${propertyId}`, tenantId, signal: AbortSignal.timeout(PATIENCE_MS) });
        return values[INSPECTION_REQUIRED] === true;
      },
    });
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : String(error), setting: INSPECTION_REQUIRED }, 'the setting cannot be read now; its default counts');
    return false;
  }
}
