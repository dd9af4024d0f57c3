/**
 * What of a charge is tax, to the minor unit.
 *
 * Rounding is half up (commercial rounding), per charge and tax: DIN 1333 asks for it in Germany, the instructions to the IRS's forms in the United
 * States, and EU law leaves it to the member states as long as it is neutral (CJEU C-484/06, Koninklijke Ahold). Rates are whole parts per
 * million and amounts whole minor units, so nothing is ever a fraction in binary.
 */
import { Problem } from '@tartware/kit';
import type { ChargeKind } from './accounts.ts';

export interface TaxRule {
  charge_kind: ChargeKind;
  /** Names the tax and its account: `vat`, `city_tax`. */
  code: string;
  name: string;
  /** `YYYY-MM-DD`: the business date from which it holds, until a rule of the same kind and code with a later one. */
  valid_from: string;
  method: 'percent' | 'fixed';
  /** Parts per million of the net amount: 70000 is 7 %. 0 for a fixed tax. */
  rate_ppm: number;
  /** Minor units per charge. 0 for a percentage. */
  amount_minor: number;
  /** Contained in the price that is charged, or added to it. */
  inclusive: boolean;
}

export interface TaxShare {
  code: string;
  name: string;
  rate_ppm: number;
  inclusive: boolean;
  amount_minor: number;
}

export interface TaxedAmount {
  net_minor: number;
  tax_minor: number;
  /** Exactly `net_minor + tax_minor`: the price with the taxes that come on top. */
  gross_minor: number;
  /** Without those that come to nothing. */
  taxes: TaxShare[];
}

const MILLION = 1_000_000n;

/** @returns the rules of a kind of charge that hold on `date`, ordered by code */
export function rulesOn(rules: readonly TaxRule[], kind: ChargeKind, date: string): TaxRule[] {
  const newest = new Map<string, TaxRule>();
  for (const rule of rules) {
    const known = newest.get(rule.code);
    // Dates as YYYY-MM-DD compare as texts.
    if (rule.charge_kind === kind && rule.valid_from <= date && (known === undefined || known.valid_from < rule.valid_from)) {
      newest.set(rule.code, rule);
    }
  }
  return [...newest.values()].sort((one, other) => (one.code < other.code ? -1 : 1));
}

/**
 * @param price minor units, 1 or more: net, plus the inclusive taxes
 * @param rules those that hold, at most one per code
 * @throws Problem 422 `amount_below_tax` when the fixed taxes that the price contains are more than the price
 */
export function taxOf(price: number, rules: readonly TaxRule[]): TaxedAmount {
  const inclusive = rules.filter((rule) => rule.inclusive);
  const fixed = inclusive.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
  if (fixed > price) {
    throw new Problem({
      status: 422, code: 'amount_below_tax', message: `The price of ${price} contains fixed taxes of ${fixed}.`, hint: 'Charge more, or change the tax rules of the property.',
    });
  }
  const base = BigInt(price - fixed);
  const ppm = inclusive.reduce((sum, { rate_ppm }) => sum + BigInt(rate_ppm), 0n);
  const net = divideHalfUp(base * MILLION, MILLION + ppm);
  const contained = shareOut(base - net, inclusive);
  const taxes = rules.map((rule) => {
    const percent = rule.inclusive ? (contained.get(rule.code) ?? 0n) : divideHalfUp(net * BigInt(rule.rate_ppm), MILLION);
    return { code: rule.code, name: rule.name, rate_ppm: rule.rate_ppm, inclusive: rule.inclusive, amount_minor: rule.method === 'fixed' ? rule.amount_minor : Number(percent) };
  }).filter(({ amount_minor }) => amount_minor > 0);
  const tax_minor = taxes.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
  return { net_minor: Number(net), tax_minor, gross_minor: Number(net) + tax_minor, taxes };
}

/** Half up for what is not negative. */
function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

/** Splits what the price contains over its percentages so that nothing is left: by largest remainder, the first code of equals. */
function shareOut(total: bigint, rules: readonly TaxRule[]): Map<string, bigint> {
  const ppm = rules.reduce((sum, { rate_ppm }) => sum + BigInt(rate_ppm), 0n);
  if (ppm === 0n) {
    return new Map();
  }
  const parts = rules.map(({ code, rate_ppm }) => {
    const exact = total * BigInt(rate_ppm);
    return { code, whole: exact / ppm, remainder: exact % ppm };
  });
  let left = total - parts.reduce((sum, { whole }) => sum + whole, 0n);
  for (const part of [...parts].sort((one, other) => (one.remainder === other.remainder ? 0 : one.remainder > other.remainder ? -1 : 1))) {
    if (left === 0n) break;
    part.whole += 1n;
    left -= 1n;
  }
  return new Map(parts.map(({ code, whole }) => [code, whole]));
}
