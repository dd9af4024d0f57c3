/** Properties are core's; what is needed of them is taken from there once. */
import { getProperty, keepProperty } from '../store/properties.ts';
import type { Property } from '../store/properties.ts';
import { findProperty } from './ask.ts';
import { callsOf } from './carry.ts';
import type { Engine } from './carry.ts';

/** Reads it as it is kept, or takes it from core first. @throws Problem 422 `property_unknown` */
export async function knownProperty(engine: Engine, tenantId: string, id: string): Promise<Property> {
  const kept = await engine.database.withTenant(tenantId, (transaction) => getProperty(transaction, id));
  if (kept) {
    return kept;
  }
  const found = await findProperty(callsOf(engine, tenantId), id);
  return engine.database.withTenant(tenantId, async (transaction) => {
    await keepProperty(transaction, found);
    // Somebody else may have kept it first, and closed a day since.
    return (await getProperty(transaction, id)) ?? found;
  });
}

/** Kept properties never go, so what was seen once need not be asked again; beyond this many all are asked again. */
const SEEN_MAX = 10_000;
const seen = new Set<string>();

/** So that what is written next may refer to it. @throws Problem 422 `property_unknown` */
export async function ensureProperty(engine: Engine, tenantId: string, id: string): Promise<void> {
  const name = `${tenantId}/${id}`;
  if (!seen.has(name)) {
    await knownProperty(engine, tenantId, id);
    if (seen.size >= SEEN_MAX) seen.clear();
    seen.add(name);
  }
}
