import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Api, Platform } from './platform.ts';

const KEY = 'reservations.check_in_condition';
const ofProperty = `?property_id=${DEMO.propertyId}`;

let platform: Platform;
let manager: Api;

beforeAll(async () => {
  platform = await startPlatform(['settings']);
  manager = platform.api(DEMO, 'manager');
});

afterAll(() => platform.stop());

async function held(query = '', api = manager): Promise<Record<string, unknown> | undefined> {
  const { body } = await api.get<{ items: { key: string }[] }>(`/v1/settings${query}`);
  return body.items.find(({ key }) => key === KEY);
}

async function heldInside(tenant = DEMO): Promise<unknown> {
  const internal = await platform.internal('settings', tenant, 'reservations');
  return (await internal.get<{ values: Record<string, unknown> }>(`/internal/settings?property_id=${tenant.propertyId}`)).body.values[KEY];
}

describe('a setting', () => {
  it('holds its default, then the tenant\'s value, then the property\'s, and comes back the same way', async () => {
    expect(await held(ofProperty)).toMatchObject({ value: 'clean', source: 'default', version: 0 });
    expect(await manager.put(`/v1/settings/${KEY}`, { value: 'inspected' }, { version: 0 })).toMatchObject({ status: 200, body: { value: 'inspected', source: 'tenant', version: 1 } });
    expect([await held(ofProperty), await heldInside()]).toMatchObject([{ value: 'inspected', source: 'tenant', version: 0 }, 'inspected']);
    expect((await manager.put(`/v1/settings/${KEY}${ofProperty}`, { value: 'clean' }, { version: 0 })).headers.get('etag')).toBe('"1"');
    expect([await held(ofProperty), await heldInside()]).toMatchObject([{ value: 'clean', source: 'property', version: 1 }, 'clean']);
    await manager.put(`/v1/settings/${KEY}${ofProperty}`, { value: null }, { version: 1 });
    expect([await held(ofProperty), await heldInside()]).toMatchObject([{ value: 'inspected', source: 'tenant', version: 2 }, 'inspected']);
    expect(await platform.sql('select type, data -> \'value\' as value, data -> \'effective\' as effective from settings.outbox order by sequence')).toEqual([
      { type: 'setting.changed', value: 'inspected', effective: 'inspected' }, { type: 'setting.changed', value: 'clean', effective: 'clean' }, { type: 'setting.changed', value: null, effective: 'inspected' },
    ]);
  });

  it('is set by one of those who set it at once, the first time too', async () => {
    const put = (value: number) => manager.put('/v1/settings/housekeeping.checkout_clean_minutes', { value }, { version: 0 });
    const answers = await Promise.all([20, 25, 30, 35, 40].map(put));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
  });

  it('keeps every value it had and goes back to any', async () => {
    const path = '/v1/settings/reservations.check_in_time';
    for (const [version, value] of ['14:00', '16:00', '15:30'].entries()) {
      expect((await manager.put(path, { value }, { version })).status).toBe(200);
    }
    const first = await manager.get<{ items: { version: number; value: string }[]; next_cursor: string }>(`${path}/history?limit=2`);
    const second = await manager.get<{ items: { version: number; value: string }[] }>(`${path}/history?limit=2&cursor=${first.body.next_cursor}`);
    expect([...first.body.items, ...second.body.items].map(({ version, value }) => [version, value])).toEqual([[3, '15:30'], [2, '16:00'], [1, '14:00']]);
    for (let sent = 0; sent < 2; sent += 1) {
      const reverted = await manager.post(`${path}/revert`, { version: 1 }, { version: 3, key: 'back-to-the-first' });
      expect([reverted.status, reverted.body, reverted.headers.get('idempotent-replayed')]).toMatchObject([200, { value: '14:00', version: 4 }, sent === 0 ? null : 'true']);
    }
    expect(await manager.post(`${path}/revert`, { version: 9 }, { version: 4 })).toMatchObject({ status: 404 });
  });

  it.each([
    ['another word', KEY, 'spotless'], ['a wrong type', KEY, true], ['a number out of range', 'housekeeping.checkout_clean_minutes', 4],
    ['a time that is none', 'reservations.check_in_time', '25:00'], ['a language that is none', 'core.locale', 'en_US'],
  ])('refuses %s and says what it takes', async (_name, key, value) => {
    const answer = await manager.put(`/v1/settings/${key}`, { value }, { version: 0 });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ field: '/value' }] } });
    expect(String(answer.body['hint'])).toMatch(/must be .+/);
  });

  it('that does not exist, of an unknown property or of the tenant alone is refused', async () => {
    expect(await manager.put('/v1/settings/no.such', { value: 1 }, { version: 0 })).toMatchObject({ status: 404 });
    expect(await manager.put(`/v1/settings/${KEY}?property_id=${OTHER.propertyId}`, { value: 'clean' }, { version: 0 })).toMatchObject({ status: 404 });
    expect(await manager.put(`/v1/settings/guests.retention_months${ofProperty}`, { value: 12 }, { version: 0 })).toMatchObject({ status: 422, body: { code: 'setting_of_tenant' } });
    expect(await manager.put(`/v1/settings/${KEY}`, { value: 'clean' })).toMatchObject({ status: 428 });
    expect(await platform.api(DEMO, 'viewer').put(`/v1/settings/${KEY}`, { value: 'clean' }, { version: 1 })).toMatchObject({ status: 403 });
  });

  it('of one tenant is not another\'s', async () => {
    expect(await held('', platform.api(OTHER, 'viewer'))).toMatchObject({ source: 'default', version: 0 });
    expect(await heldInside(OTHER)).toBe('clean');
  });

  it('is explained', async () => {
    const { body } = await manager.get<{ items: { key: string; schema: unknown; default: unknown }[] }>('/v1/settings/definitions');
    expect(body.items.find(({ key }) => key === KEY)).toMatchObject({ default: 'clean', scope: 'property', schema: { enum: ['clean', 'inspected'] } });
  });
});
