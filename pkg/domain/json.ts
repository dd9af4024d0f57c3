/** Reading of JSON that nobody has checked yet: every function says `undefined` rather than pretend. */
export type JsonRecord = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at `key`; an empty one where there is none, so that paths can be followed. */
export function recordAt(from: JsonRecord, key: string): JsonRecord {
  const value = from[key];

  return isRecord(value) ? value : {};
}

/** The objects of the list at `key`; whatever else is in that list is left out. */
export function recordsAt(from: JsonRecord, key: string): JsonRecord[] {
  const value = from[key];

  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function stringAt(from: JsonRecord, key: string): string | undefined {
  const value = from[key];

  return typeof value === 'string' ? value : undefined;
}

/** A whole number; Kubernetes' counts are never anything else. */
export function integerAt(from: JsonRecord, key: string): number | undefined {
  const value = from[key];

  return Number.isInteger(value) ? Number(value) : undefined;
}

/** The members of the object at `key` whose values are text, such as labels. */
export function stringsAt(from: JsonRecord, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(recordAt(from, key)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
