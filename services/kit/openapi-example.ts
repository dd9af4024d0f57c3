/** One value that a schema takes, for the description: the schema's own `examples` where it has some, else the plainest that its rules allow. */

type Schema = Readonly<Record<string, unknown>>;

/** Of formats whose values cannot be guessed. */
const BY_FORMAT: Readonly<Record<string, string>> = {
  'uuid': '0199aaaa-0000-7000-8000-0000000000f1',
  'date': '2027-05-01',
  'date-time': '2027-05-01T14:00:00.000Z',
  'email': 'guest@example.com',
  'currency': 'EUR',
  'time-zone': 'Europe/Berlin',
};

/** @throws nothing: a pattern without `examples` gets a text that may not match, which the test of each service's description finds */
export function exampleOf(given: unknown): unknown {
  const schema = asSchema(given);
  const { examples, enum: values, anyOf, oneOf, allOf } = schema;
  if (Array.isArray(examples) && examples.length > 0) return examples[0];
  if ('const' in schema) return schema['const'];
  if (Array.isArray(values)) return values[0];
  if ('default' in schema) return schema['default'];
  if (Array.isArray(anyOf)) return exampleOf(anyOf[0]);
  if (Array.isArray(oneOf)) return exampleOf(oneOf[0]);
  if (Array.isArray(allOf)) return Object.assign({}, ...allOf.map(exampleOf));
  const [type] = [schema['type']].flat();
  return typeof type === 'string' ? BY_TYPE[type]?.(schema) : {};
}

const BY_TYPE: Readonly<Record<string, (schema: Schema) => unknown>> = {
  object: ({ properties }) => Object.fromEntries(Object.entries(asSchema(properties)).map(([name, property]) => [name, exampleOf(property)])),
  array: ({ items, minItems }) => Array.from({ length: Math.max(1, numberOr(minItems, 0)) }, () => exampleOf(items)),
  string: ({ format, minLength, maxLength }) => {
    if (typeof format === 'string') return BY_FORMAT[format] ?? 'text';
    return 'text'.padEnd(numberOr(minLength, 0), '-').slice(0, numberOr(maxLength, Infinity));
  },
  integer: numberWithin,
  number: numberWithin,
  boolean: () => true,
  null: () => null,
};

function numberWithin({ minimum, maximum, exclusiveMinimum }: Schema): number {
  const least = Math.max(numberOr(minimum, 1), numberOr(exclusiveMinimum, 0) + 1);
  return Math.min(least, numberOr(maximum, Infinity));
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
