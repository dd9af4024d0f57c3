import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TartwareError } from './errors.ts';
import {
  addQuantities, compareQuantities, formatQuantity, largerQuantity, multiplyQuantity, parseQuantity, quantityToNumber, subtractQuantity, timesInto,
} from './quantity.ts';

const amount = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((nano) => ({ nano }));

describe('reading a quantity', () => {
  it.each([
    ['0', 0n], ['1', 10n ** 9n], ['+1', 10n ** 9n], ['-1', -(10n ** 9n)],
    ['1n', 1n], ['1u', 1000n], ['1m', 10n ** 6n], ['750m', 750n * 10n ** 6n],
    ['1k', 10n ** 12n], ['1M', 10n ** 15n], ['1G', 10n ** 18n], ['1T', 10n ** 21n], ['1P', 10n ** 24n], ['1E', 10n ** 27n],
    ['1Ki', 1024n * 10n ** 9n], ['1Mi', 1024n ** 2n * 10n ** 9n], ['1Gi', 1024n ** 3n * 10n ** 9n],
    ['1Ti', 1024n ** 4n * 10n ** 9n], ['1Pi', 1024n ** 5n * 10n ** 9n], ['1Ei', 1024n ** 6n * 10n ** 9n],
    ['3.5', 3500n * 10n ** 6n], ['.5', 500n * 10n ** 6n], ['5.', 5n * 10n ** 9n], ['1.5Gi', 1536n * 1024n ** 2n * 10n ** 9n],
    ['2e3', 2000n * 10n ** 9n], ['2E3', 2000n * 10n ** 9n], ['2e-3', 2n * 10n ** 6n], ['1.5e1', 15n * 10n ** 9n],
  ])('takes %s', (text, nano) => {
    expect(parseQuantity(text)).toEqual({ nano });
  });

  it('takes a number, as YAML without quotes has it', () => {
    expect(parseQuantity(0.5)).toEqual(parseQuantity('500m'));
  });

  it.each([['0.0000000001', 1n], ['-0.0000000001', -1n], ['0.1n', 1n], ['1.1n', 2n]])('rounds %s up to 10⁻⁹', (text, nano) => {
    expect(parseQuantity(text)).toEqual({ nano });
  });

  it.each([
    '', ' ', '.', '+', 'm', '1 Gi', '1gi', '1ki', '1K', '1mi', '1.2.3', '1e', '1e1.5', '1e3Ki', '0x10', '1,5', '١', '1e31', '1e999999999', '9'.repeat(65), 'NaN',
    Number.NaN, Number.POSITIVE_INFINITY, null, undefined, {}, [], true,
  ])('refuses %j and says what to write', (rubbish) => {
    expect(() => parseQuantity(rubbish)).toThrow(TartwareError);
    expect(() => parseQuantity(rubbish)).toThrow(expect.objectContaining({ code: 'QUANTITY_INVALID', hint: expect.stringContaining('750m') }));
  });
});

describe('writing a quantity', () => {
  it.each([
    ['0', 'decimal', '0'], ['0', 'binary', '0'], ['1000m', 'decimal', '1'], ['3.5', 'decimal', '3500m'], ['2000', 'decimal', '2k'],
    ['1536Mi', 'binary', '1536Mi'], ['1.5Gi', 'binary', '1536Mi'], ['2048Ki', 'binary', '2Mi'], ['512', 'binary', '512'], ['1.1Ki', 'binary', '1126400m'],
    ['-2Gi', 'binary', '-2Gi'], ['1000E', 'decimal', '1000E'],
  ] as const)('writes %s as %s: %s', (text, style, written) => {
    expect(formatQuantity(parseQuantity(text), style)).toBe(written);
  });

  it('loses nothing', () => {
    fc.assert(fc.property(amount, fc.constantFrom('decimal', 'binary'), (quantity, style) => {
      expect(parseQuantity(formatQuantity(quantity, style))).toEqual(quantity);
    }));
  });
});

describe('reckoning with quantities', () => {
  it('adds, subtracts and multiplies exactly where doubles would not', () => {
    expect(addQuantities(parseQuantity('0.1'), parseQuantity('0.2'))).toEqual(parseQuantity('0.3'));
    fc.assert(fc.property(amount, amount, fc.integer({ min: 0, max: 10_000 }), (a, b, times) => {
      expect(subtractQuantity(addQuantities(a, b), b)).toEqual(a);
      expect(multiplyQuantity(addQuantities(a, b), times)).toEqual(addQuantities(multiplyQuantity(a, times), multiplyQuantity(b, times)));
    }));
  });

  it.each([Number.NaN, 1.5, Number.POSITIVE_INFINITY])('does not multiply by %d', (times) => {
    expect(() => multiplyQuantity(parseQuantity('1'), times)).toThrow(expect.objectContaining({ name: 'TartwareError', code: 'QUANTITY_INVALID' }));
  });

  it('orders amounts of different suffixes', () => {
    expect(compareQuantities(parseQuantity('1Gi'), parseQuantity('1G'))).toBeGreaterThan(0);
    expect(compareQuantities(parseQuantity('1000m'), parseQuantity('1'))).toBe(0);
    expect(compareQuantities(parseQuantity('999m'), parseQuantity('1'))).toBeLessThan(0);
    expect(largerQuantity(parseQuantity('1Gi'), parseQuantity('1G'))).toEqual(parseQuantity('1Gi'));
  });

  it('counts how many pods fit', () => {
    expect(timesInto(parseQuantity('3.5'), parseQuantity('400'))).toBe(114);
    expect(timesInto(parseQuantity('3.5'), parseQuantity('399'))).toBe(114);
    expect(timesInto(parseQuantity('3.5'), parseQuantity('398.9'))).toBe(113);
    expect(timesInto(parseQuantity('1'), parseQuantity('-3'))).toBe(0);
  });

  it('becomes a number for charts', () => {
    expect(quantityToNumber(parseQuantity('750m'))).toBe(0.75);
    expect(quantityToNumber(parseQuantity('64Gi'))).toBe(64 * 1024 ** 3);
    expect(quantityToNumber(parseQuantity('-1500m'))).toBe(-1.5);
  });
});
