/** One description of all services from the descriptions of each, OpenAPI 3.1. */

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = Record<string, Json>;

/** What one service said of itself, or why it said nothing. */
export interface Source {
  service: string;
  /** Of its routes, such as `/v1/rooms`: what it describes besides is not reached through the gateway and left out. */
  prefixes: readonly string[];
  document?: JsonObject;
  /** Why there is no document, or only an older one. */
  reason?: string;
}

export interface MergedDocument extends JsonObject {
  openapi: string;
  info: { title: string; version: string; description: string };
  paths: JsonObject;
  components: JsonObject;
  /** Services whose part is missing or old, and why; empty when all is there. */
  'x-tartware-incomplete': { service: string; reason: string }[];
}

export function mergeOpenApi(sources: readonly Source[]): MergedDocument {
  const paths: JsonObject = {};
  const components: Record<string, JsonObject> = {};
  for (const { service, prefixes, document } of sources) {
    if (document !== undefined) {
      const own = mergeComponents(components, document, service);
      for (const [path, item] of Object.entries(asObject(own['paths']))) {
        if (prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))) {
          paths[path] = item;
        }
      }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tartware', version: '1',
      description: 'A hotel platform. Sign in at POST /v1/auth/sign-in; the token names the tenant. Errors are problem details (RFC 9457): act on "code", read "hint".',
    },
    tags: sources.map(({ service }) => ({ name: service })),
    paths,
    components,
    'x-tartware-incomplete': sources.flatMap(({ service, reason }) => (reason === undefined ? [] : [{ service, reason }])),
  };
}

/**
 * Adds a document's components to those there are. One that means something else under a name that is taken gets the service's name before its own.
 * @returns the document with its references following
 */
function mergeComponents(into: Record<string, JsonObject>, document: JsonObject, service: string): JsonObject {
  const renamed = new Map<string, string>();
  const own = Object.entries(asObject(document['components'])).flatMap(([section, entries]) => Object.entries(asObject(entries)).map(([name, value]) => ({ section, name, value })));
  for (const { section, name, value } of own) {
    const taken = into[section]?.[name];
    if (taken !== undefined && JSON.stringify(taken) !== JSON.stringify(value)) {
      renamed.set(`#/components/${section}/${name}`, `#/components/${section}/${service}-${name}`);
    }
  }
  for (const { section, name, value } of own) {
    const reference = renamed.get(`#/components/${section}/${name}`);
    (into[section] ??= {})[reference === undefined ? name : `${service}-${name}`] = follow(value, renamed);
  }
  return asObject(follow(document, renamed));
}

function follow(value: Json, renamed: ReadonlyMap<string, string>): Json {
  if (renamed.size === 0 || typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => follow(item, renamed));
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, name === '$ref' && typeof item === 'string' ? (renamed.get(item) ?? item) : follow(item, renamed)]));
}

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
