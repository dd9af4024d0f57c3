/** The tax rules of a property as its routes take and give them. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { AmountMinor, Id, LocalDate, choice } from '@tartware/kit/resources';
import { CHARGE_KINDS } from './accounts.ts';

export const TaxRuleSchema = Type.Object({
  charge_kind: choice(CHARGE_KINDS),
  code: Type.String({ pattern: '^[a-z0-9_]{1,40}$', description: '1 to 40 of a to z, digits and _; names the account tax_payable:<code>', examples: ['vat'] }),
  name: Type.String({ minLength: 1, maxLength: 100, description: '1 to 100 characters, as invoices show it' }),
  valid_from: LocalDate,
  method: choice(['percent', 'fixed']),
  rate_ppm: Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'parts per million of the net: 70000 is 7 %; 0 for a fixed tax' }),
  amount_minor: Type.Integer({ ...AmountMinor, minimum: 0, description: 'minor units per charge; 0 for a percentage' }),
  inclusive: Type.Boolean({ description: 'true: contained in the price; false: added to it' }),
}, { additionalProperties: false });

export const TaxRules = Type.Object({
  property_id: Id,
  rules: Type.Array(TaxRuleSchema, { maxItems: 200 }),
}, { additionalProperties: false });
export type TaxRules = Static<typeof TaxRules>;

/** @throws Problem 422 when two rules are of the same kind, code and day, or one is both a percentage and an amount */
export function checkRules({ rules }: TaxRules): void {
  const seen = new Set<string>();
  for (const [index, { charge_kind, code, valid_from, method, rate_ppm, amount_minor }] of rules.entries()) {
    const key = `${charge_kind} ${code} ${valid_from}`;
    const wrong = seen.has(key)
      ? `There are two rules for ${code} on ${charge_kind} from ${valid_from}.`
      : (method === 'percent' ? amount_minor : rate_ppm) > 0 ? `The tax ${code} is both a percentage and an amount.` : undefined;
    if (wrong !== undefined) {
      throw new Problem({
        status: 422, code: 'tax_rules_ambiguous', message: wrong, hint: 'Name each kind, code and day once, with a rate or an amount.', errors: [{ in: 'body', field: `/rules/${index}`, message: wrong }],
      });
    }
    seen.add(key);
  }
}
