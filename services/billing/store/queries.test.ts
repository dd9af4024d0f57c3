import { describe, expect, it } from 'vitest';
import { listBy } from './queries.ts';

const conditions = { property_id: 'property_id = $', folio_id: '(debit = $ or credit = $)', after: 'id > $' };
const list = (values: Record<string, unknown>) => listBy({ operation: 'entries.list', select: 'select id from entries', conditions, order: 'id' }, values, 51);

describe('the statement of a list', () => {
  it('has the filters that are given and no others', () => {
    expect(list({ folio_id: 'f', after: undefined })).toEqual({
      statement: { operation: 'entries.list.folio_', text: 'select id from entries where (debit = $1 or credit = $1) order by id limit $2' }, values: ['f', 51],
    });
    expect(list({}).statement.text).toBe('select id from entries order by id limit $1');
  });

  it('has one name for one text', () => {
    const seen = new Map<string, string>();
    for (let bits = 0; bits < 8; bits += 1) {
      const values = Object.fromEntries(Object.keys(conditions).filter((_name, index) => (bits >> index) % 2 === 1).map((name) => [name, 'x']));
      const { operation, text } = list(values).statement;
      expect(seen.has(operation)).toBe(false);
      expect(operation.length).toBeLessThanOrEqual(63);
      seen.set(operation, text);
    }
  });
});
