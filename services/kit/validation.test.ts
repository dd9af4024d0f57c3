import { Type } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { compileValidator } from './validation.ts';

/** @returns the fields that are wrong */
function fieldsOf(body: unknown): string[] {
  const validate = compileValidator({ schema: Type.Unknown(), method: 'POST', url: '/', httpPart: 'body' });
  const result: unknown = validate(body);
  const { error = [] } = result as { error?: { instancePath: string }[] };
  return error.map(({ instancePath }) => instancePath);
}

describe('half of a surrogate pair', () => {
  it.each([
    ['a text', '"\\ud800"', ['']],
    ['each field that has one', '{"a":["x","\\udc00x"],"b":{"c":"\\ud83d"},"d":"whole"}', ['/b/c', '/a/1']],
    ['what holds a name that has one', '{"a":{"\\ud800":1,"\\udbff":2}}', ['/a']],
    ['nothing where pairs are whole', '{"a":"\\ud83d\\ude00","\\ud83d\\ude00":"😀","b":"\\\\ud800","c":null,"d":1}', []],
  ])('is wrong in a body, and named: %s', (_name, json, fields) => {
    expect(fieldsOf(JSON.parse(json))).toEqual(fields);
  });

  it('is looked for in a body of any depth, and of many only the first are named', () => {
    expect(fieldsOf(JSON.parse(`${'['.repeat(50_000)}"\\ud800"${']'.repeat(50_000)}`))).toHaveLength(1);
    expect(fieldsOf(Array.from({ length: 100 }, () => '\ud800'))).toHaveLength(20);
  });
});
