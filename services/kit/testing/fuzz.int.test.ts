import { Type } from '@sinclair/typebox';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../app.ts';
import type { App } from '../app.ts';
import { claimsOf, requireToken } from '../authenticate.ts';
import { notFound } from '../errors.ts';
import { createHealth } from '../health.ts';
import { idempotent } from '../idempotency.ts';
import { createMetrics } from '../metrics.ts';
import { serveOpenApi } from '../openapi.ts';
import { ById, Id, LocalDate, PageQuery, addDays, choice, pageOf, toPage } from '../resources.ts';
import { createTokenVerifier } from '../tokens.ts';
import { attackService, attackTokens } from './fuzz.ts';
import { createTestKey } from './signing.ts';
import { startTrialDatabase } from './trial-database.ts';
import type { TrialDatabase } from './trial-database.ts';

const NewStay = Type.Object({
  guest: Type.String({ minLength: 1, maxLength: 100 }), arrival: LocalDate, adults: Type.Integer({ minimum: 1, maximum: 9 }), source: choice(['web', 'phone']), note: Type.Optional(Type.String({ maxLength: 500 })),
}, { additionalProperties: false });
const Stay = Type.Object({ id: Id, ...NewStay.properties });
const TABLE = `create table stays (tenant_id uuid not null, id uuid not null default uuidv7(), stay jsonb not null, primary key (tenant_id, id));
  alter table stays enable row level security, force row level security;
  create policy tenant on stays using (tenant_id = current_tenant());
  grant select, insert on stays to trial_app;`;
const LIST = { operation: 'stays.list', text: 'select id, stay from stays where $1::uuid is null or id > $1 order by id limit $2' };
const GET = { operation: 'stays.get', text: 'select id, stay from stays where id = $1' };
const INSERT = { operation: 'stays.insert', text: 'insert into stays (tenant_id, stay) values (current_tenant(), $1) returning id, stay' };

const key = createTestKey('core-key');
let trial: TrialDatabase;
const apps: App[] = [];

beforeAll(async () => {
  trial = await startTrialDatabase(TABLE, 5);
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await trial.stop();
});

interface Row {
  id: string;
  stay: typeof NewStay.static;
}

const toStay = ({ id, stay }: Row): typeof Stay.static => ({ id, ...stay });

function goodRoutes(app: App): void {
  const { database } = trial;
  app.get('/v1/stays', { schema: { querystring: PageQuery, response: { 200: pageOf(Stay) } } }, async (request) => {
    const { cursor = null, limit } = request.query;
    return toPage((await database.read<Row>(claimsOf(request).tenant_id, LIST, [cursor, limit + 1])).map(toStay), limit);
  });
  app.get('/v1/stays/:id', { schema: { params: ById, response: { 200: Stay } } }, async (request) => {
    const [found] = await database.read<Row>(claimsOf(request).tenant_id, GET, [request.params.id]);
    if (!found) throw notFound('This stay');
    return toStay(found);
  });
  app.post('/v1/stays', { schema: { body: NewStay, response: { 201: Stay } } }, (request, reply) => idempotent(database, request, reply, async (transaction) => {
    const [made] = await transaction.query<Row>(INSERT, [JSON.stringify(request.body)]);
    return { status: 201, body: made && toStay(made) };
  }));
}

async function listen(routes: (app: App) => void): Promise<string> {
  const app = createApp({ log: pino({ level: 'silent' }), metrics: createMetrics(), health: createHealth() });
  apps.push(app);
  serveOpenApi(app, 'stays');
  await app.register((scope, _options, done) => {
    const tokens = createTokenVerifier();
    tokens.setKeys([key.published]);
    requireToken(scope, tokens);
    routes(scope);
    done();
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

describe('attackService', () => {
  it('finds nothing in a service that is as it says', async () => {
    expect(await attackService({ url: await listen(goodRoutes), tokens: attackTokens(key) })).toEqual([]);
    expect((await trial.asOwner((client) => client.query('select from stays'))).rowCount).toBeGreaterThan(5);
  }, 60_000);

  it.each<[string, (app: App) => void, RegExp]>([
    ['a 500 for a date at the end of the calendar', (app) => {
      app.post('/v1/x', { schema: { body: Type.Object({ date: LocalDate }) } }, (request) => ({ until: addDays(request.body.date, 1) }));
    }, /^valid POST \/v1\/x .*9999-12-31.* answered 500/],
    ['a body that is not checked', (app) => {
      app.post('/v1/x', { schema: { body: Type.Unsafe<object>(Type.Object({}, { additionalProperties: false })) }, validatorCompiler: () => () => true }, () => ({}));
    }, /^invalid POST \/v1\/x .* answered 200 to what its description refuses/],
    ['an answer that is not as described', (app) => {
      app.get('/v1/x', { schema: { response: { 200: Type.Object({ id: Id }) } }, serializerCompiler: () => () => '{"id":"x"}' }, () => ({ id: 'x' }));
    }, /^valid GET \/v1\/x .* what its schema does not take/],
    ['what the database says', (app) => {
      app.get('/v1/x/:id', { schema: { params: ById } }, (_request, reply) => reply.code(400).type('application/problem+json').send({ code: 'a', hint: 'syntax error at or near', request_id: 'x', status: 400 }));
    }, /shows its inside/],
    ['an error without a hint', (app) => {
      app.get('/v1/x', (_request, reply) => reply.code(404).send({ error: 'not here' }));
    }, /no problem\+json/],
    ['a text that the database cannot keep', (app) => {
      app.post('/v1/x', { schema: { body: Type.Object({ text: Type.String() }) } }, (request) => {
        if (request.body.text.includes('\0')) throw new Error('invalid byte sequence');
        return {};
      });
    }, /^injected "\\u0000": POST \/v1\/x answered 500/],
  ])('finds %s', async (_name, routes, expected) => {
    const found = await attackService({ url: await listen(routes), tokens: attackTokens(key), runs: 60, seed: 7 });
    expect(found).toContainEqual(expect.stringMatching(expected));
  }, 60_000);

  it('finds a route that takes any token', async () => {
    const url = await listen((app) => {
      app.addHook('onRequest', (request, _reply, done) => {
        request.claims = { sub: '', tenant_id: '', role: '', exp: 0 };
        done();
      });
      app.get('/v1/x', () => ({}));
    });
    const document = await (await fetch(`${url}/openapi.json`)).json() as Parameters<typeof attackService>[0]['document'];
    const open = createApp({ log: pino({ level: 'silent' }), metrics: createMetrics(), health: createHealth() });
    apps.push(open);
    open.get('/v1/x', () => ({}));
    const found = await attackService({ url: await open.listen({ host: '127.0.0.1', port: 0 }), tokens: attackTokens(key), ...(document ? { document } : {}) });
    expect(found).toEqual(['no token', 'another scheme', 'an expired token', 'a forged token'].map((name) => expect.stringContaining(`${name}: GET /v1/x answered 200 , not 401`) as string));
  });
});
