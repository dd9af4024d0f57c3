import { Type } from '@sinclair/typebox';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createApp } from './app.ts';
import type { App } from './app.ts';
import { requireToken } from './authenticate.ts';
import { createHealth } from './health.ts';
import { createMetrics } from './metrics.ts';
import { serveOpenApi } from './openapi.ts';
import type { OpenApiDocument } from './openapi.ts';
import { AmountMinor, ById, Id, LocalDate, Moment, PageQuery, choice, nullable, pageOf } from './resources.ts';
import { problemsOfOpenApi } from './testing/openapi.ts';
import { createTokenVerifier } from './tokens.ts';

const Stay = Type.Object({
  id: Id, arrival: LocalDate, status: choice(['confirmed', 'cancelled']), room_id: nullable(Id), total_minor: AmountMinor, made_at: Moment,
  nights: Type.Array(Type.Object({ date: LocalDate, amount_minor: AmountMinor }), { minItems: 1 }),
  note: Type.Optional(Type.String({ minLength: 10, maxLength: 20 })), source: Type.Union([Type.Literal('web'), Type.Literal('phone')]),
});

async function describeRoutes(routes: (app: App) => void): Promise<{ document: OpenApiDocument; internal: OpenApiDocument }> {
  const app = createApp({ log: pino({ level: 'silent' }), metrics: createMetrics(), health: createHealth() });
  serveOpenApi(app, 'stays');
  await app.register((scope, _options, done) => {
    requireToken(scope, createTokenVerifier());
    routes(scope);
    done();
  });
  app.post('/v1/auth/sign-in', { schema: { summary: 'Sign in', body: Type.Object({ email: Type.String({ format: 'email' }) }), response: { 200: Type.Object({ token: Type.String() }) } } }, () => ({ token: '' }));
  const get = async (url: string) => (await app.inject({ url })).json<OpenApiDocument>();
  const both = { document: await get('/openapi.json'), internal: await get('/internal/openapi.json') };
  await app.close();
  return both;
}

const notHere = (): never => {
  throw new Error('only described');
};

const all = (app: App): void => {
  app.get('/v1/stays', { schema: { querystring: Type.Object({ ...PageQuery.properties, status: Type.Optional(choice(['confirmed', 'cancelled'])) }), response: { 200: pageOf(Stay) } } }, () => ({ items: [], next_cursor: null }));
  app.post('/v1/stays', { config: { idempotencyKey: 'required' }, schema: { body: Type.Omit(Stay, ['id']), response: { 201: Stay } } }, notHere);
  app.patch('/v1/stays/:id', { schema: { params: ById, body: Type.Partial(Stay), response: { 200: Stay } } }, notHere);
  app.post('/v1/stays/:id/check-in', { schema: { params: ById, response: { 204: Type.Null() } } }, notHere);
  app.get('/internal/stays/:id', { schema: { params: ById, response: { 200: Stay } } }, notHere);
};

describe('the description of a service', () => {
  it('is valid OpenAPI 3.1, its examples too', async () => {
    const { document, internal } = await describeRoutes(all);
    expect(await problemsOfOpenApi(document)).toEqual([]);
    expect(await problemsOfOpenApi(internal)).toEqual([]);
    expect(Object.keys(internal.paths)).toEqual(['/internal/stays/{id}']);
  });

  it('has each route once with its schemas, parameters, errors and whether it needs a token', async () => {
    const { document } = await describeRoutes(all);
    expect(Object.entries(document.paths).map(([path, operations]) => [path, ...Object.keys(operations)])).toEqual([
      ['/v1/stays', 'get', 'post'], ['/v1/stays/{id}', 'patch'], ['/v1/stays/{id}/check-in', 'post'], ['/v1/auth/sign-in', 'post'],
    ]);
    const shown = (path: string, method: string) => {
      const { operationId, security, parameters } = document.paths[path]![method]!;
      return [operationId, security.length, ...parameters.map(({ name, required }) => `${name}${required ? '!' : ''}`)];
    };
    expect(shown('/v1/stays', 'get')).toEqual(['getV1Stays', 1, 'limit', 'cursor', 'status']);
    expect(shown('/v1/stays', 'post')).toEqual(['postV1Stays', 1, 'Idempotency-Key!']);
    expect(shown('/v1/stays/{id}', 'patch')).toEqual(['patchV1StaysById', 1, 'id!', 'If-Match!']);
    expect(shown('/v1/stays/{id}/check-in', 'post')).toEqual(['postV1StaysByIdCheckIn', 1, 'id!', 'Idempotency-Key']);
    expect(shown('/v1/auth/sign-in', 'post')).toEqual(['postV1AuthSignIn', 0]);
    expect(document.paths['/v1/stays']!['post']!.responses).toMatchObject({
      '201': { content: { 'application/json': { example: { status: 'confirmed', arrival: '2027-05-01', note: 'text------', nights: [{ amount_minor: 12_900 }], source: 'web' } } } },
      '4XX': { $ref: '#/components/responses/Problem' },
    });
    expect(document.paths['/v1/stays/{id}/check-in']!['post']!.responses['204']).toEqual({ description: 'Done.' });
  });

  it('is found wrong when an example is', async () => {
    const { document } = await describeRoutes((app) => {
      app.post('/v1/codes', { schema: { body: Type.Object({ code: Type.String({ pattern: '^[A-Z]{3}$' }) }) } }, notHere);
    });
    expect(await problemsOfOpenApi(document)).toEqual([expect.stringMatching(/^POST \/v1\/codes: the example .* must match pattern/)]);
    expect(await problemsOfOpenApi({ ...document, info: { title: 'x' } } as OpenApiDocument)).toContainEqual(expect.stringContaining('no OpenAPI 3.1'));
  });
});
