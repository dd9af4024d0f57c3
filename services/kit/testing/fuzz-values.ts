/** Values that a JSON Schema takes, as fast-check makes and shrinks them, and values that it does not take. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { JsonSchema } from '../openapi.ts';

/** Values for properties and parameters of these names, such as ids of what exists: made-up ids lead to 404 and no further. */
export type KnownValues = Readonly<Record<string, Arbitrary<unknown>>>;

/** Longer texts find no more and make counterexamples hard to read. */
const USUAL_LENGTH = 40;

export function valuesOf(schema: JsonSchema, known: KnownValues = {}, name = ''): Arbitrary<unknown> {
  const byName = known[name];
  if (byName) return byName;
  const { enum: values, anyOf, oneOf } = schema;
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(values)) return fc.constantFrom(...(values as unknown[]));
  const parts = [anyOf, oneOf].find(Array.isArray) as JsonSchema[] | undefined;
  if (parts) return fc.oneof(...parts.map((part) => valuesOf(part, known, name)));
  const types = [schema['type']].flat();
  return fc.oneof(...types.map((type) => (typeof type === 'string' ? (BY_TYPE[type] ?? anything)(schema, known, name) : anything())));
}

const anything = (): Arbitrary<unknown> => fc.jsonValue({ maxDepth: 2 });

const BY_TYPE: Readonly<Record<string, (schema: JsonSchema, known: KnownValues, name: string) => Arbitrary<unknown>>> = {
  object: (schema, known) => objects(schema, known),
  array: ({ items, minItems, maxItems }, known, name) => fc.array(valuesOf(asSchema(items), known, name), { minLength: numberOr(minItems, 0), maxLength: Math.min(numberOr(maxItems, 5), Math.max(5, numberOr(minItems, 0))) }),
  string: (schema) => texts(schema),
  integer: ({ minimum, maximum, exclusiveMinimum }) => fc.integer({ min: numberOr(minimum, numberOr(exclusiveMinimum, -2_147_483_649) + 1), max: numberOr(maximum, 2_147_483_647) }),
  number: ({ minimum, maximum }) => fc.double({ min: numberOr(minimum, -1e9), max: numberOr(maximum, 1e9), noNaN: true, noDefaultInfinity: true }),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
};

function objects({ properties, required, patternProperties }: JsonSchema, known: KnownValues): Arbitrary<unknown> {
  const parts = Object.fromEntries(Object.entries(asSchema(properties)).map(([name, part]) => [name, valuesOf(asSchema(part), known, name)]));
  if (Object.keys(parts).length === 0 && patternProperties !== undefined) {
    const [pattern, part] = Object.entries(asSchema(patternProperties))[0] ?? ['^x$', {}];
    return fc.dictionary(fc.stringMatching(new RegExp(pattern)).filter((key) => key.length < USUAL_LENGTH), valuesOf(asSchema(part), known), { maxKeys: 4, noNullPrototype: true });
  }
  return fc.record(parts, { requiredKeys: (Array.isArray(required) ? required : []) as string[], noNullPrototype: true });
}

const date = fc.date({ min: new Date('2024-01-01T00:00:00Z'), max: new Date('2031-12-31T00:00:00Z'), noInvalidDate: true });
const edges = fc.constantFrom('2028-02-29', '2027-12-31', '2027-03-28', '2027-10-31', '2011-12-30', '0001-01-01', '9999-12-31');

const BY_FORMAT: Readonly<Record<string, Arbitrary<string>>> = {
  'uuid': fc.uuid(),
  'date': fc.oneof({ weight: 4, arbitrary: date.map((one) => one.toISOString().slice(0, 10)) }, { weight: 1, arbitrary: edges }),
  'date-time': date.map((one) => one.toISOString()),
  'email': fc.tuple(fc.stringMatching(/^[a-z0-9]{1,12}$/), fc.stringMatching(/^[a-z]{1,12}$/)).map(([name, host]) => `${name}@${host}.example`),
  'currency': fc.constantFrom('EUR', 'USD', 'JPY', 'KWD'),
  'time-zone': fc.constantFrom('Europe/Berlin', 'America/New_York', 'Pacific/Apia', 'Australia/Lord_Howe'),
};

function texts({ format, pattern, minLength, maxLength, examples }: JsonSchema): Arbitrary<string> {
  const length = { minLength: numberOr(minLength, 0), maxLength: Math.min(numberOr(maxLength, USUAL_LENGTH), Math.max(USUAL_LENGTH, numberOr(minLength, 0))) };
  if (typeof format === 'string') {
    // Of a format that is a service's own only its examples are known; other texts show at least that they do no harm.
    const made = BY_FORMAT[format] ?? fc.oneof(fc.string(length), ...(Array.isArray(examples) ? [fc.constantFrom(...(examples as string[]))] : []));
    return made;
  }
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern)).filter((text) => text.length >= length.minLength && text.length <= numberOr(maxLength, Infinity));
  return fc.oneof(fc.string({ ...length, unit: 'grapheme' }), fc.string(length)).filter((text) => text.length >= length.minLength && text.length <= numberOr(maxLength, Infinity));
}

/** What no field wants, or not there: for each, whether it is wrong is asked of the schema. */
export const strangeValues: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e21, -0, '', ' ', 'x'.repeat(5_000), [], {}, [[]], '2027-02-30', '2023-02-29', '24:00', '1e3', 'NaN', '\u0000', '\ud800', Number.MAX_SAFE_INTEGER + 1),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 2 }),
);

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

export function asSchema(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** As it is sent: half a surrogate pair has no UTF-8. */
export function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

export function without<Value>(record: Readonly<Record<string, Value>>, name: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
