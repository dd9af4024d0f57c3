/** Texts of the environment, of paths and of queries, as the types that a schema asks for. TypeBox's own conversion makes 1 of "1.5". */
import { Value } from '@sinclair/typebox/value';
import type { TSchema } from '@sinclair/typebox';

/** @returns a copy with defaults; a text that is not exactly of the property's type stays a text, for validation to refuse */
export function convertTexts(schema: TSchema, given: unknown): unknown {
  const properties: unknown = schema['properties'];
  if (typeof given !== 'object' || given === null || typeof properties !== 'object' || properties === null) {
    return given;
  }
  const types = properties as Record<string, { type?: string } | undefined>;
  const converted = Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? convertText(types[name]?.type, value) : value]);
  return Value.Default(schema, Object.fromEntries(converted));
}

function convertText(type: string | undefined, text: string): string | number | boolean {
  if (type === 'boolean' && (text === 'true' || text === 'false')) {
    return text === 'true';
  }
  const form = type === 'integer' ? /^-?\d{1,15}$/ : type === 'number' ? /^-?\d{1,15}(?:\.\d{1,15})?$/ : undefined;
  return form?.test(text) ? Number(text) : text;
}
