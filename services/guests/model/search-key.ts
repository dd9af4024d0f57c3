/** How names are compared: without case and accents, so that "Muller" finds "Müller". */

const MARKS = /\p{M}/gu;
/** Letters that Unicode does not take apart. */
const ALONE: ReadonlyMap<string, string> = new Map([['ß', 'ss'], ['ø', 'o'], ['ł', 'l'], ['đ', 'd'], ['æ', 'ae'], ['œ', 'oe'], ['ı', 'i'], ['þ', 'th']]);
const ALONE_LETTERS = new RegExp(`[${[...ALONE.keys()].join('')}]`, 'gu');

export function searchKey(text: string): string {
  return text.normalize('NFKD').replace(MARKS, '').toLowerCase().replace(ALONE_LETTERS, (letter) => ALONE.get(letter) ?? letter).trim().replace(/\s+/g, ' ');
}

/** What a person typed, as keys: each must begin a name or the address. */
export function searchTerms(text: string): string[] {
  return searchKey(text).split(' ').filter((term) => term !== '').slice(0, 4);
}

/** The least text, in byte order, that no text beginning with `prefix` reaches: PostgreSQL's collation "C" orders UTF-8 as code points are ordered. */
export function afterPrefix(prefix: string): string {
  return `${prefix}\u{10FFFF}`;
}
