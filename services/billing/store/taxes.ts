import type { Statement, Transaction } from '@tartware/kit/database';
import type { TaxRule } from '../model/tax.ts';
import type { Queries } from './queries.ts';

const LIST: Statement = {
  operation: 'taxes.list',
  text: `select charge_kind, code, name, valid_from, method, rate_ppm, amount_minor, inclusive from tax_rules where property_id = $1
    order by charge_kind, code, valid_from`,
};
const OF_FOLIO: Statement = {
  operation: 'taxes.of_folio', text: LIST.text.replace('property_id = $1', 'property_id = (select property_id from folios where id = $1)'),
};
const CLEAR: Statement = { operation: 'taxes.clear', text: 'delete from tax_rules where property_id = $1' };
const INSERT: Statement = {
  operation: 'taxes.insert',
  text: `insert into tax_rules (tenant_id, property_id, charge_kind, code, name, valid_from, method, rate_ppm, amount_minor, inclusive)
    select current_tenant(), $1, r.* from jsonb_to_recordset($2::jsonb) as r (charge_kind text, code text, name text, valid_from date, method text,
      rate_ppm integer, amount_minor bigint, inclusive boolean)`,
};

export function listTaxRules(queries: Queries, propertyId: string): Promise<TaxRule[]> {
  return queries.query<TaxRule>(LIST, [propertyId]);
}

/** Of the folio's property: asked for together with the folio's lock, in one round trip. */
export function taxRulesOfFolio(transaction: Transaction, folioId: string): Promise<TaxRule[]> {
  return transaction.query<TaxRule>(OF_FOLIO, [folioId]);
}

/** The property's row must be locked. What was posted keeps the taxes it was posted with. */
export async function replaceTaxRules(transaction: Transaction, propertyId: string, rules: readonly TaxRule[]): Promise<void> {
  await transaction.query(CLEAR, [propertyId]);
  await transaction.query(INSERT, [propertyId, JSON.stringify(rules)]);
}
