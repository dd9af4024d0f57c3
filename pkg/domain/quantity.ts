import { TartwareError } from './errors.ts';

/**
 * An amount as Kubernetes writes it ("750m", "1536Mi", "2e3"), exact to 10⁻⁹ of a core, a byte or a piece.
 * Kubernetes itself keeps no finer fraction.
 */
export interface Quantity {
  readonly nano: bigint;
}

export const ZERO: Quantity = { nano: 0n };

/** Powers of ten by suffix, from the grammar in k8s.io/apimachinery/pkg/api/resource/quantity.go. */
const DECIMAL: ReadonlyMap<string, number> = new Map([['n', -9], ['u', -6], ['m', -3], ['', 0], ['k', 3], ['M', 6], ['G', 9], ['T', 12], ['P', 15], ['E', 18]]);
const BINARY: ReadonlyMap<string, bigint> = new Map(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index) => [suffix, 1024n ** BigInt(index + 1)]));

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;
const NANO_DIGITS = 9;
/** Longer than any amount of a cluster; a bound at all, because `1e999999999` would fill the memory. */
const MOST_CHARACTERS = 64;
const LARGEST_EXPONENT = 30;

/** @throws TartwareError QUANTITY_INVALID for anything that Kubernetes would refuse as well, and for exponents beyond ±30. */
export function parseQuantity(text: unknown): Quantity {
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = matchOf(text);
  const digits = BigInt(whole + fraction || '0');
  const scale = BINARY.get(suffix) ?? 1n;
  const power = (exponent === undefined ? DECIMAL.get(suffix) ?? 0 : Number(exponent)) - fraction.length + NANO_DIGITS;
  const magnitude = power >= 0 ? digits * scale * 10n ** BigInt(power) : dividedAwayFromZero(digits * scale, 10n ** BigInt(-power));

  return { nano: sign === '-' ? -magnitude : magnitude };
}

/** What is finer than 10⁻⁹ is rounded up, as Kubernetes does: half a promise of memory is still a promise. */
function dividedAwayFromZero(magnitude: bigint, by: bigint): bigint {
  return (magnitude + by - 1n) / by;
}

function matchOf(text: unknown): RegExpExecArray {
  const written = typeof text === 'number' ? String(text) : text;
  const match = typeof written === 'string' && written.length <= MOST_CHARACTERS ? PATTERN.exec(written) : null;
  const hasDigits = match !== null && (match[2] ?? '') + (match[3] ?? '') !== '';

  if (!match || !hasDigits || Math.abs(Number(match[4] ?? 0)) > LARGEST_EXPONENT) {
    throw new TartwareError({
      code: 'QUANTITY_INVALID',
      message: `${ JSON.stringify(text)?.slice(0, MOST_CHARACTERS) ?? 'nothing' } is not a quantity`,
      hint: 'Write a number with a suffix, for example 750m, 2, 1536Mi or 4Gi.',
    });
  }

  return match;
}

/**
 * The shortest exact form with a suffix. `binary` is for bytes: whole amounts from 1 Ki on get Ki…Ei,
 * the rest is written as decimal. Parsing the result gives the same quantity.
 */
export function formatQuantity({ nano }: Quantity, style: 'decimal' | 'binary'): string {
  return (style === 'binary' ? binaryForm(nano) : undefined) ?? decimalForm(nano);
}

function binaryForm(nano: bigint): string | undefined {
  const one = 10n ** BigInt(NANO_DIGITS);
  const fitting = [...BINARY].reverse().find(([, scale]) => nano !== 0n && nano % (one * scale) === 0n);

  return fitting && `${ nano / (one * fitting[1]) }${ fitting[0] }`;
}

function decimalForm(nano: bigint): string {
  if (nano === 0n) return '0';
  const [suffix, power] = [...DECIMAL].reverse().find(([, exponent]) => nano % 10n ** BigInt(exponent + NANO_DIGITS) === 0n) ?? ['n', -NANO_DIGITS];

  return `${ nano / 10n ** BigInt(power + NANO_DIGITS) }${ suffix }`;
}

export function addQuantities(...amounts: Quantity[]): Quantity {
  return { nano: amounts.reduce((sum, { nano }) => sum + nano, 0n) };
}

export function subtractQuantity(from: Quantity, amount: Quantity): Quantity {
  return { nano: from.nano - amount.nano };
}

/** @param times a whole number, such as a count of pods. @throws TartwareError QUANTITY_INVALID for any other, as an emptied field gives */
export function multiplyQuantity({ nano }: Quantity, times: number): Quantity {
  if (!Number.isInteger(times)) {
    throw new TartwareError({ code: 'QUANTITY_INVALID', message: `An amount cannot be taken ${ times } times.`, hint: 'Give a whole number, for example of pods.' });
  }

  return { nano: nano * BigInt(times) };
}

/** Negative, zero or positive, as `Array.sort` wants it. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nano === b.nano ? 0 : a.nano < b.nano ? -1 : 1;
}

export function largerQuantity(a: Quantity, b: Quantity): Quantity {
  return a.nano >= b.nano ? a : b;
}

/** How many whole times `part` fits into `whole`; 0 where nothing is left. `part` must be above zero. */
export function timesInto(part: Quantity, whole: Quantity): number {
  return whole.nano <= 0n ? 0 : Number(whole.nano / part.nano);
}

/** For charts and sentences only: cores, bytes or pieces, with the precision of a double. */
export function quantityToNumber({ nano }: Quantity): number {
  const one = 10n ** BigInt(NANO_DIGITS);

  // In two parts: the whole of large amounts stays exact as far as a double can hold it.
  return Number(nano / one) + Number(nano % one) / Number(one);
}
