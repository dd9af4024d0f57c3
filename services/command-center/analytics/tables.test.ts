import { describe, expect, it } from 'vitest';
import { TABLES, replicated } from './tables.ts';

describe('the tables of a replicated database', () => {
  it.each(Object.entries(TABLES))('%s keeps what tells its rows apart', (_name, table) => {
    expect(replicated(table)).toMatch(/engine = ReplicatedReplacingMergeTree(\(version\))? order by \(/);
    expect(replicated(table).replace('Replicated', '')).toBe(table);
  });
});
