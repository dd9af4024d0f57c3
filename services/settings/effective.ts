/** Effective settings, kept in the cache until one is set. */
import type { DomainContext } from '@tartware/kit/domain-service';
import { DEFINITIONS } from './model/definitions.ts';
import { effectiveSetting } from './model/effective.ts';
import type { Setting } from './model/effective.ts';
import { listSet } from './store/settings.ts';

export type SettingsContext = Pick<DomainContext<object, 'core'>, 'database' | 'cache' | 'services'>;

const KEPT_SECONDS = 60;

export function scopesOf(tenantId: string, propertyId: string | undefined): string[] {
  return propertyId === undefined ? [tenantId] : [propertyId, tenantId];
}

/** In the order of their definitions. */
export function effectiveSettings({ database, cache }: SettingsContext, tenantId: string, propertyId: string | undefined): Promise<Setting[]> {
  const scopes = scopesOf(tenantId, propertyId);
  return cache.through({
    group: groupOf(tenantId),
    key: propertyId ?? 'tenant',
    ttlSeconds: KEPT_SECONDS,
    load: async () => {
      const set = await database.withTenant(tenantId, (transaction) => listSet(transaction, scopes));
      return DEFINITIONS.map((definition) => effectiveSetting(definition, set, scopes));
    },
  });
}

/** A tenant's value shows in all its properties, so all are dropped together. */
export function dropSettings({ cache }: SettingsContext, tenantId: string): Promise<void> {
  return cache.drop(groupOf(tenantId));
}

function groupOf(tenantId: string): string {
  return `settings:${tenantId}`;
}
