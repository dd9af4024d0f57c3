import type { Billing } from './billing.ts';

export const CITY_LEDGER_ALLOWED = 'billing.city_ledger_allowed';

interface EffectiveSettings {
  values: Readonly<Record<string, unknown>>;
}

/** Whether a guest of this property may leave with a debt. */
export async function cityLedgerAllowed({ services }: Billing, tenantId: string, propertyId: string): Promise<boolean> {
  const { values } = await services.settings.call<EffectiveSettings>({ method: 'GET', path: `/internal/settings?property_id=${propertyId}`, tenantId });
  return values[CITY_LEDGER_ALLOWED] === true;
}
