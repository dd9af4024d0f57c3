import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';

let platform: Platform;
let manager: Api;

beforeAll(async () => {
  platform = await startPlatform(['core']);
  manager = platform.api(DEMO, 'manager');
});

afterAll(() => platform.stop());

const PROPERTY = { code: 'LAX01', name: 'Pier', time_zone: 'America/Los_Angeles', currency: 'USD' };

async function makeProperty(code: string): Promise<{ id: string; business_date: string }> {
  const { body } = await manager.post<{ id: string; business_date: string }>('/v1/properties', { ...PROPERTY, code });
  return body;
}

describe('editing a property', () => {
  it('needs its newest version and gives a new one', async () => {
    const { id } = await makeProperty('LAX01');
    const first = await manager.get(`/v1/properties/${id}`);
    expect(first.headers.get('etag')).toBe('"1"');
    const changed = await manager.patch(`/v1/properties/${id}`, { name: 'Long Pier' }, { version: 1 });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Long Pier', time_zone: PROPERTY.time_zone, version: 2 } });
    expect(await manager.patch(`/v1/properties/${id}`, { name: 'Short Pier' }, { version: 1 })).toMatchObject({ status: 412, body: { code: 'version_outdated' } });
    expect(await manager.patch(`/v1/properties/${id}`, { name: 'Short Pier' })).toMatchObject({ status: 428, body: { code: 'precondition_required' } });
    expect(await manager.patch(`/v1/properties/${id}`, { currency: 'EUR' }, { version: 2 })).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(await platform.sql('select type, version from core.outbox where aggregate_id = $1 order by sequence', [id])).toEqual([
      { type: 'property.created', version: '1' }, { type: 'property.updated', version: '2' },
    ]);
  });

  it('of two at once one is told to look again', async () => {
    const { id } = await makeProperty('LAX02');
    const answers = await Promise.all(['A', 'B', 'C', 'D'].map((name) => manager.patch(`/v1/properties/${id}`, { name }, { version: 1 })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  it('is not another tenant\'s to do', async () => {
    const { id } = await makeProperty('LAX03');
    expect(await platform.api(OTHER, 'manager').patch(`/v1/properties/${id}`, { name: 'Mine' }, { version: 1 })).toMatchObject({ status: 404 });
  });
});

describe('the business date', () => {
  it('begins with the day where the property stands and is moved by one, once', async () => {
    const { id, business_date: from } = await makeProperty('LAX04');
    expect(from).toBe(new Intl.DateTimeFormat('sv', { timeZone: PROPERTY.time_zone }).format(new Date()));
    const to = nextDay(from);
    const billing = await platform.internal('core', DEMO, 'billing');
    const moves = await Promise.all([1, 2, 3].map(() => billing.post(`/internal/properties/${id}/business-date`, { from, to })));
    expect(moves.map(({ status, body }) => [status, body['business_date']])).toEqual([[200, to], [200, to], [200, to]]);
    expect((await billing.get(`/internal/properties/${id}`)).body).toMatchObject({ business_date: to, version: 2 });
    expect(await billing.post(`/internal/properties/${id}/business-date`, { from: nextDay(to), to: nextDay(nextDay(to)) })).toMatchObject({ status: 409, body: { code: 'business_date_moved' } });
    expect(await billing.post(`/internal/properties/${id}/business-date`, { from: to, to: nextDay(nextDay(to)) })).toMatchObject({ status: 422, body: { code: 'business_date_step' } });
  });

  it('is not for users, nor for another tenant\'s service', async () => {
    const { id } = await makeProperty('LAX05');
    const path = `/internal/properties/${id}`;
    expect(await fetch(platform.urls.core + path, { headers: { authorization: `Bearer ${manager.token}` } })).toMatchObject({ status: 403 });
    expect(await (await platform.internal('core', OTHER)).get(path)).toMatchObject({ status: 404 });
  });
});

describe('service tokens', () => {
  const ask = (credentials: string, body: unknown = { tenant_id: DEMO.id }) => fetch(`${platform.urls.core}/internal/service-tokens`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }, body: JSON.stringify(body),
  });

  it('are refused without the secret, for an unknown tenant and for nonsense', async () => {
    expect((await ask('rooms:wrong')).status).toBe(401);
    expect((await ask('rooms:wrong', { tenant_id: 'x' })).status).toBe(400);
    await expect(platform.internal('core', { ...DEMO, id: '0199cccc-0000-7000-8000-000000000001' })).rejects.toThrow('not_found');
  });
});

describe('a POST that is sent again with its key', () => {
  it.each<[string, Record<string, unknown>]>([
    ['/v1/properties', { ...PROPERTY, code: 'LAX09' }],
    ['/v1/users', { email: 'again@demo.tartware.example', password: 'a-long-password', role: 'viewer' }],
  ])('%s answers what it answered', async (path, body) => {
    const [once, again] = [await manager.post(path, body, { key: `again${path}` }), await manager.post(path, body, { key: `again${path}` })];
    expect([once.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 201, 'true']);
    expect(again.body).toEqual(once.body);
  });
});

describe('users', () => {
  const email = (name: string) => `${name}@demo.tartware.example`;

  it('are added, seen, changed and dismissed by managers', async () => {
    const made = await manager.post('/v1/users', { email: email('Front.Desk'), password: 'a-long-password', role: 'operator' });
    expect(made).toMatchObject({ status: 201, body: { email: email('front.desk'), role: 'operator', version: 1 } });
    expect(JSON.stringify(made.body)).not.toContain('password');
    const path = `/v1/users/${String(made.body['id'])}`;
    expect(await manager.post('/v1/users', { email: email('front.desk'), password: 'a-long-password', role: 'viewer' })).toMatchObject({ status: 409, body: { code: 'user_is_member' } });
    expect(await manager.patch(path, { role: 'viewer' }, { version: 1 })).toMatchObject({ status: 200, body: { role: 'viewer', version: 2 } });
    expect((await manager.get<{ items: { email: string }[] }>('/v1/users')).body.items.map((user) => user.email)).toContain(email('front.desk'));
    const signIn = () => fetch(`${platform.urls.core}/v1/auth/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: email('front.desk'), password: 'a-long-password' }) });
    expect((await signIn()).status).toBe(200);
    expect(await manager.delete(path)).toMatchObject({ status: 204 });
    expect(await manager.delete(path)).toMatchObject({ status: 404 });
    expect((await signIn()).status).toBe(401);
  });

  it('have a password for each tenant: what one tenant sets opens no other', async () => {
    const user = { email: email('shared'), password: 'the-first-password', role: 'operator' };
    await manager.post('/v1/users', user);
    const others = platform.api(OTHER, 'manager');
    expect(await others.post('/v1/users', { ...user, password: 'another-password', role: 'viewer' })).toMatchObject({ status: 201, body: { role: 'viewer' } });
    const signIn = async (password: string, tenant_id?: string): Promise<unknown> => {
      const response = await fetch(`${platform.urls.core}/v1/auth/sign-in`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: user.email, password, tenant_id }) });
      const { access_token } = (await response.json()) as { access_token?: string };
      return access_token === undefined ? response.status : (JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString()) as { tenant_id: string }).tenant_id;
    };
    expect([await signIn('the-first-password'), await signIn('another-password')]).toEqual([DEMO.id, OTHER.id]);
    expect([await signIn('the-first-password', OTHER.id), await signIn('another-password', DEMO.id)]).toEqual([401, 401]);
    const { id, version } = (await others.get<{ items: { id: string; email: string; version: number }[] }>('/v1/users?limit=200')).body.items.find((one) => one.email === user.email) ?? { id: '', version: 0 };
    expect(await others.patch(`/v1/users/${id}`, { password: 'yet-another-password' }, { version })).toMatchObject({ status: 200, body: { role: 'viewer' } });
    expect([await signIn('another-password'), await signIn('yet-another-password'), await signIn('the-first-password')]).toEqual([401, OTHER.id, DEMO.id]);
    const roleSeenBy = async (api: Api) => (await api.get<{ items: { email: string; role: string }[] }>('/v1/users?limit=200')).body.items.find((one) => one.email === user.email)?.role;
    expect([await roleSeenBy(manager), await roleSeenBy(others)]).toEqual(['operator', 'viewer']);
  });

  it('never lose their last manager, though two dismiss each other at once', async () => {
    const others = platform.api(OTHER, 'manager');
    await Promise.all(['boss.one', 'boss.two'].map((name) => others.post('/v1/users', { email: email(name), password: 'a-long-password', role: 'manager' })));
    const { body } = await others.get<{ items: { id: string; role: string }[] }>('/v1/users?limit=200');
    const bosses = body.items.filter(({ role }) => role === 'manager');
    const answers = await Promise.all(bosses.map(({ id }) => others.delete(`/v1/users/${id}`)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 409)).toHaveLength(1);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'last_manager' });
  });

  it.each(['operator', 'viewer'] as const)('are not for an %s to see', async (role) => {
    expect(await platform.api(DEMO, role).get('/v1/users')).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
  });
});

function nextDay(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
}
