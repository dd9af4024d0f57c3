import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterPrefix, searchKey, searchTerms } from './search-key.ts';

describe('search keys', () => {
  it.each([
    ['Müller', 'muller'],
    ['Weiß', 'weiss'],
    ['  Ana   María ', 'ana maria'],
    ['Łukasz Øster', 'lukasz oster'],
    ['İnönü', 'inonu'],
    ['王小明', '王小明'],
    ['ﬁnch', 'finch'],
  ])('%j is compared as %j', (text, key) => expect(searchKey(text)).toBe(key));

  it('do not change when made again', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
      expect(searchKey(searchKey(text))).toBe(searchKey(text));
    }));
  });

  it('four words are looked for at most', () => expect(searchTerms(' a b  c d e ')).toEqual(['a', 'b', 'c', 'd']));

  it('a text lies between a prefix and its end exactly if it begins with it, in the order of bytes', () => {
    const bytes = (text: string) => Buffer.from(text, 'utf8');
    const text = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((value) => !value.includes('\u{10FFFF}'));
    fc.assert(fc.property(text, text, (prefix, other) => {
      for (const candidate of [other, prefix + other]) {
        const between = bytes(candidate).compare(bytes(prefix)) >= 0 && bytes(candidate).compare(bytes(afterPrefix(prefix))) <= 0;
        expect(between).toBe(candidate.startsWith(prefix));
      }
    }));
  });
});
