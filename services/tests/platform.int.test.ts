import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO, OTHER, startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform(['core'], { programs: ['core'] });
});

afterAll(() => platform.stop());

it('has two tenants, each seeing its own property alone', async () => {
  expect((await platform.api(DEMO, 'viewer').get(`/v1/properties/${DEMO.propertyId}`)).body).toMatchObject({ time_zone: DEMO.timeZone, currency: DEMO.currency });
  expect((await platform.api(OTHER, 'viewer').get(`/v1/properties/${OTHER.propertyId}`)).status).toBe(200);
  expect((await platform.api(OTHER, 'manager').get(`/v1/properties/${DEMO.propertyId}`)).status).toBe(404);
});

it('gives services tokens that Core made', async () => {
  const api = await platform.internal('core', DEMO, 'billing');
  expect((await api.get(`/v1/properties/${DEMO.propertyId}`)).status).toBe(200);
});

it('kills a program and starts it again where it was', async () => {
  const { urls: { core } } = platform;
  await platform.end('core', 'killed');
  await expect(fetch(core)).rejects.toThrow('fetch failed');
  await platform.start('core');
  expect((await platform.api(DEMO, 'viewer').get('/v1/properties')).status).toBe(200);
});
