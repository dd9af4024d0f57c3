import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chartsWithValues, readmeOf, schemaOf, undescribed, valuesTable, withTable } from './readme.ts';

describe.each(chartsWithValues())('%s', (chart) => {
  test('every key of the values says what it is', () => {
    expect(undescribed(schemaOf(chart))).toEqual([]);
  });

  test('the README has the values as they are; else: node charts/readme.ts', () => {
    const readme = readFileSync(readmeOf(chart), 'utf8');

    expect(readme).toBe(withTable(readme, valuesTable(chart)));
  });
});

test('a key without a description is found, wherever it is', () => {
  const nameless = { properties: { a: { description: 'x', properties: { b: {} } } }, $defs: { c: { properties: { d: {} } } } };

  expect(undescribed(nameless)).toEqual(['a.b', '$defs.c.d']);
});
