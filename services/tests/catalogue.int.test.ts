/** What can be commanded is what the services can do: the catalogue against their own descriptions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLEES, DEFINITIONS, hasTarget } from '../command-center/commands/catalogue.ts';
import type { OpenApiDocument, Operation } from '../kit/openapi.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';

let platform: Platform;
const documents = new Map<string, OpenApiDocument>();

beforeAll(async () => {
  platform = await startPlatform(CALLEES);
  for (const service of CALLEES) {
    documents.set(service, (await (await fetch(`${platform.urls[service]}/openapi.json`)).json()) as OpenApiDocument);
  }
});

afterAll(() => platform.stop());

interface Body {
  properties?: Record<string, { enum?: unknown[] }>;
  required?: string[];
}

describe.each(DEFINITIONS.map((definition) => [definition.name, definition] as const))('%s', (_name, { service, method, path, payload, versioned = false, ...definition }) => {
  const operation = (): Operation | undefined => documents.get(service)?.paths[path.replace(':id', '{id}')]?.[method.toLowerCase()];
  const body = (): Body => (operation()?.requestBody?.content['application/json']?.schema ?? {}) as Body;

  it('has its route', () => {
    expect(operation()).toBeDefined();
    expect(path.includes(':id')).toBe(hasTarget({ path }));
    expect(definition.description).toMatch(/\.$/);
  });

  it('takes no more than the route, and all that the route demands', () => {
    const taken = body();
    expect(Object.keys(payload.properties).filter((name) => !Object.keys(taken.properties ?? {}).includes(name))).toEqual([]);
    expect((taken.required ?? []).filter((name) => payload.required?.includes(name) !== true)).toEqual([]);
  });

  it('offers no choice that the route does not have', () => {
    for (const [name, property] of Object.entries(payload.properties)) {
      const { enum: offered } = property as { enum?: unknown[] };
      const has = body().properties?.[name]?.enum;
      if (offered && has) expect(has, name).toEqual(expect.arrayContaining(offered));
    }
  });

  it('names a version exactly where the route needs one', () => {
    expect(operation()?.parameters.some(({ name, required }) => name.toLowerCase() === 'if-match' && required) ?? false).toBe(versioned);
  });
});
