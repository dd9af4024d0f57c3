import { Type } from '@sinclair/typebox';
import type { App } from '@tartware/kit';
import { claimsOf, requireRole } from '@tartware/kit/authenticate';
import { Id } from '@tartware/kit/resources';
import type { Billing } from '../actions/billing.ts';
import { knownProperty } from '../actions/properties.ts';
import { TaxRules, checkRules } from '../model/tax-rules.ts';
import { lockProperty } from '../store/properties.ts';
import { listTaxRules, replaceTaxRules } from '../store/taxes.ts';

const TaxQuery = Type.Object({ property_id: Id });

/** `app` is behind `requireToken`. */
export function taxRoutes(app: App, billing: Billing): void {
  const { database } = billing;

  app.get('/v1/billing/taxes', { schema: { summary: 'Read the tax rules of a property', querystring: TaxQuery, response: { 200: TaxRules } } }, async (request) => {
    const { tenant_id } = claimsOf(request);
    const { property_id } = request.query;
    return database.withTenant(tenant_id, async (transaction) => {
      await knownProperty(transaction, billing, tenant_id, property_id);
      return { property_id, rules: await listTaxRules(transaction, property_id) };
    });
  });

  // All rules of the property at once; those of the past belong in the list, for they hold for late postings.
  app.put('/v1/billing/taxes', { schema: { summary: 'Replace the tax rules of a property', body: TaxRules, response: { 200: TaxRules } } }, async (request) => {
    const { tenant_id } = requireRole(request, ['manager', 'service']);
    const { property_id, rules } = request.body;
    checkRules(request.body);
    return database.withTenant(tenant_id, async (transaction) => {
      await knownProperty(transaction, billing, tenant_id, property_id);
      await lockProperty(transaction, property_id);
      await replaceTaxRules(transaction, property_id, rules);
      return { property_id, rules: await listTaxRules(transaction, property_id) };
    });
  });
}
