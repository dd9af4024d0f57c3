/**
 * The service's own description, OpenAPI 3.1, from the schemas that its routes check requests with.
 *
 * OpenAPI 3.1 takes JSON Schema as it is, so there is nothing to convert. @fastify/swagger 9.9 does it as well, for 2 MB and 0.2 to 0.4 s of every start
 * (Node 24, two cores); this costs nothing before somebody asks.
 */
import type { RouteOptions } from 'fastify';
import type { App } from './app.ts';
import { exampleOf } from './openapi-example.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface OpenApiDocument {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, Operation>>;
  components: Readonly<Record<string, unknown>>;
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary?: string;
  security: Record<string, string[]>[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, MediaType> };
  responses: Record<string, unknown>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface MediaType {
  schema: JsonSchema;
  example?: unknown;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by `requireToken`. */
    behindToken?: boolean;
    /** `required`: the route demands `Idempotency-Key`. Every other POST takes one. */
    idempotencyKey?: 'required';
    /** Not in the description. */
    undocumented?: boolean;
  }

  interface FastifySchema {
    /** What the route is for, in a few words. */
    summary?: string;
  }
}

type Described = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>;

/** Serves `/openapi.json`, open to all, and `/internal/openapi.json` with what only services may call. Call it before the routes are registered. */
export function serveOpenApi(app: App, service: string): void {
  const routes: Described[] = [];
  // Kept as they are and read when asked for: hooks of inner scopes, such as that of `requireToken`, add to them after this one.
  app.addHook('onRoute', (route) => void routes.push(route));
  for (const [url, internal] of [['/openapi.json', false], ['/internal/openapi.json', true]] as const) {
    let text: string | undefined;
    app.get(url, { config: { undocumented: true } }, (_request, reply) => {
      text ??= JSON.stringify(describe(service, routes.filter(({ url: path, config }) => config?.undocumented !== true && path.startsWith('/internal/') === internal)));
      return reply.type('application/json; charset=utf-8').send(text);
    });
  }
}

function describe(service: string, routes: readonly Described[]): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    for (const method of [route.method].flat()) {
      if (method !== 'HEAD' && method !== 'OPTIONS') (paths[path] ??= {})[method.toLowerCase()] = operation(service, method, path, route);
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: `Tartware ${service}`, version: '1', description: 'Errors are problem details (RFC 9457): act on "code", read "hint".' },
    paths,
    components: COMPONENTS,
  };
}

function operation(service: string, method: string, path: string, { schema = {}, config = {} }: Described): Operation {
  const body = asSchema(schema.body);
  return {
    operationId: `${method.toLowerCase()}${path.split('/').filter((part) => part !== '').map(toName).join('')}`,
    tags: [service],
    ...(schema.summary === undefined ? {} : { summary: schema.summary }),
    security: config.behindToken === true ? [{ token: [] }] : [],
    parameters: [
      ...parameters('path', asSchema(schema.params)),
      ...parameters('query', asSchema(schema.querystring)),
      ...parameters('header', asSchema(schema.headers)),
      ...commonHeaders(method, config),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': mediaType(body) } } }),
    responses: responses(schema.response),
  };
}

function asSchema(schema: unknown): JsonSchema | undefined {
  return typeof schema === 'object' && schema !== null ? { ...schema } : undefined;
}

function toName(part: string): string {
  const words = part.replace(/[{}]/g, '').split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return part.startsWith('{') ? `By${words}` : words;
}

function parameters(place: Parameter['in'], schema: JsonSchema | undefined): Parameter[] {
  const properties = (schema?.['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = (schema?.['required'] ?? []) as string[];
  return Object.entries(properties).map(([name, property]) => ({
    name, in: place, required: place === 'path' || (required.includes(name) && !('default' in property)),
    ...(typeof property['description'] === 'string' ? { description: property['description'] } : {}),
    schema: property,
  }));
}

function commonHeaders(method: string, { idempotencyKey, behindToken }: NonNullable<Described['config']>): Parameter[] {
  if (method === 'POST' && behindToken === true) {
    const schema = { type: 'string', minLength: 8, maxLength: 128, pattern: '^[!-~]{8,128}$', examples: ['3f7a9c52-6b1e-4c8d-9f0a-1e2d3c4b5a69'] };
    return [{ name: 'Idempotency-Key', in: 'header', required: idempotencyKey === 'required', description: 'the same for the same request sent again: it then has its effect once', schema }];
  }
  if (method === 'PATCH') {
    return [{ name: 'If-Match', in: 'header', required: true, description: 'ETag of the version that is changed', schema: { type: 'string', examples: ['"1"'] } }];
  }
  return [];
}

function mediaType(schema: JsonSchema): MediaType {
  return { schema, example: exampleOf(schema) };
}

function responses(given: unknown): Record<string, unknown> {
  const described = Object.entries(asSchema(given) ?? {}).map(([status, value]) => {
    const schema = asSchema(value) ?? {};
    const { description } = schema;
    const empty = schema['type'] === 'null';
    return [status, { description: typeof description === 'string' ? description : 'Done.', ...(empty ? {} : { content: { 'application/json': mediaType(schema) } }) }] as const;
  });
  const success = described.length === 0 ? [['2XX', { description: 'Done.' }] as const] : described;
  return { ...Object.fromEntries(success), '4XX': { $ref: '#/components/responses/Problem' }, '5XX': { $ref: '#/components/responses/Problem' } };
}

const text = (description: string, example: string): JsonSchema => ({ type: 'string', description, examples: [example] });

const PROBLEM: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'hint', 'request_id'],
  properties: {
    type: text('a URI of the kind of problem', 'urn:tartware:problem:validation_failed'),
    title: text('the status in words', 'Bad Request'),
    status: { type: 'integer', minimum: 400, maximum: 599, examples: [400] },
    detail: text('what is wrong', 'The body is not as the schema asks.'),
    code: text('stable: act on it', 'validation_failed'),
    hint: text('what to do about it', 'Correct the fields named in "errors".'),
    request_id: text('for the operators', '5f2c9a81d3e4-1a'),
    errors: {
      type: 'array',
      items: {
        type: 'object', required: ['in', 'field', 'message'],
        properties: { in: text('part of the request', 'body'), field: text('JSON pointer into it', '/departure'), message: text('what was expected', 'Expected string to match \'date\' format') },
      },
    },
  },
};

const COMPONENTS = {
  securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From POST /v1/auth/sign-in. It names the tenant; nothing else does.' } },
  schemas: { Problem: PROBLEM },
  responses: {
    Problem: { description: 'A problem.', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example: exampleOf(PROBLEM) } } },
  },
};
