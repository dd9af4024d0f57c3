/**
 * Two kinds of schema that TypeBox lacks. Its own way, a union, becomes `anyOf`: for that the serializer of answers loads a whole JSON Schema
 * validator, and an error can only say that none of the parts fits.
 */
import { Kind, Type, TypeRegistry } from '@sinclair/typebox';
import type { SchemaOptions, Static, TSchema, TUnsafe } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const INNER: unique symbol = Symbol('tartware.inner');

interface NullableSchema extends TSchema {
  [INNER]: TSchema;
}

TypeRegistry.Set<NullableSchema>('Nullable', (schema, value) => value === null || Value.Check(schema[INNER], value));
TypeRegistry.Set<{ enum: readonly string[] }>('Choice', (schema, value) => typeof value === 'string' && schema.enum.includes(value));

/** `schema` or null: for answers, and for fields that a `PATCH` may clear. It must have one `type`, which unions have not. */
export function nullable<Schema extends TSchema>(schema: Schema): TUnsafe<Static<Schema> | null> {
  const type: unknown = schema['type'];
  if (typeof type !== 'string') throw new Error('Only a schema with one type can be nullable.');
  // An enumeration must name null as well, or JSON Schema would refuse it.
  const values: unknown = schema['enum'];
  return Type.Unsafe<Static<Schema> | null>({ ...schema, ...(Array.isArray(values) ? { enum: [...(values as unknown[]), null] } : {}), type: [type, 'null'], [Kind]: 'Nullable', [INNER]: schema });
}

/** One of some words, such as `choice(['clean', 'inspected'])`. */
export function choice<const Values extends readonly [string, ...string[]]>(values: Values, options: SchemaOptions = {}): TUnsafe<Values[number]> {
  return Type.Unsafe<Values[number]>({ description: `one of ${values.join(', ')}`, examples: [values[0]], ...options, type: 'string', enum: values, [Kind]: 'Choice' });
}
