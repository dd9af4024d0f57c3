/** Chance that comes out the same each time: what a seed, a tenant and a property's number make is made again by them. */
import { createHash } from 'node:crypto';

const TWO_32 = 4_294_967_296;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param scope names the stream: two that differ in anything have nothing to do with each other */
  constructor(...scope: readonly (string | number)[]) {
    const hash = createHash('sha256').update(JSON.stringify(scope)).digest();
    [this.#a, this.#b, this.#c] = [hash.readUInt32LE(0), hash.readUInt32LE(4), hash.readUInt32LE(8)];
  }

  /** 32 bits by sfc32 (Chris Doty-Humphrey's Small Fast Counter), which passes PractRand. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** From 0 to below 1. */
  unit(): number {
    return this.bits() / TWO_32;
  }

  /** Whole, from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1));
  }

  /** @param share of 1 */
  chance(share: number): boolean {
    return this.unit() < share;
  }

  /** @throws Error when there is nothing to pick from */
  pick<Value>(values: readonly Value[]): Value {
    const picked = values[Math.floor(this.unit() * values.length)];
    if (picked === undefined) throw new Error('There is nothing to pick from.');
    return picked;
  }

  /** @param choices each with its weight, of any sum */
  weighted<Value>(choices: readonly (readonly [Value, number])[]): Value {
    let rest = this.unit() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of choices) {
      rest -= weight;
      if (rest < 0) return value;
    }
    return this.pick(choices)[0];
  }

  /** As waiting times are: many short, few long. */
  exponential(mean: number): number {
    return -Math.log(1 - this.unit()) * mean;
  }

  /** UUID of version 7 (RFC 9562): sorts by `moment`. @param moment milliseconds since 1970 */
  uuid(moment: number): string {
    const high = Math.floor(moment / 65_536);
    const [first, second, third] = [this.bits(), this.bits(), this.bits()];
    const bytes = [
      high >>> 24, high >>> 16, high >>> 8, high, moment / 256, moment,
      0x70 | (first >>> 28), first, 0x80 | ((first >>> 8) & 0x3f), first >>> 16, second, second >>> 8, second >>> 16, second >>> 24, third, third >>> 8,
    ].map((byte) => HEX[Math.trunc(byte) & 0xff] ?? '');
    return `${bytes.slice(0, 4).join('')}-${bytes.slice(4, 6).join('')}-${bytes.slice(6, 8).join('')}-${bytes.slice(8, 10).join('')}-${bytes.slice(10).join('')}`;
  }
}
