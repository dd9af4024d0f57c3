/** Properties as billing knows them: fetched from core when first met, and followed from then on. */
import type { Transaction } from '@tartware/kit/database';
import { getProperty, insertProperty } from '../store/properties.ts';
import type { Property } from '../store/properties.ts';
import type { Billing } from './billing.ts';

/** @throws Problem 404 when the tenant has no property of this id */
export async function knownProperty(transaction: Transaction, { services }: Pick<Billing, 'services'>, tenantId: string, id: string): Promise<Property> {
  const known = await getProperty(transaction, id);
  if (known) return known;
  const { currency, business_date } = await services.core.call<Property>({ method: 'GET', path: `/internal/properties/${id}`, tenantId });
  await insertProperty(transaction, { id, currency, business_date });
  // As it is now: an event may have been quicker.
  return await getProperty(transaction, id) ?? { id, currency, business_date };
}
