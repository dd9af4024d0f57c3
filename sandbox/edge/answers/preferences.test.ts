import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noUpstreams, signedIn, startEdge } from '../testing/edge.ts';

let edge: FastifyInstance;

beforeAll(async () => {
  edge = await startEdge(noUpstreams());
});

afterAll(async () => edge?.close());

describe('preferences', () => {
  it('are each user\'s own', async () => {
    const [admin, viewer] = [await signedIn(edge, 'admin'), await signedIn(edge, 'viewer')];
    expect((await viewer.call('/v1/userpreferences/user-viewer', { method: 'PUT', body: { data: { theme: 'ui-dark' } } })).status).toBe(200);
    expect((await viewer.call('/v1/userpreferences')).json().data).toEqual([expect.objectContaining({ id: 'user-viewer', data: { theme: 'ui-dark' } })]);
    expect((await admin.call('/v1/userpreferences')).json().data).toEqual([expect.objectContaining({ id: 'user-admin', data: expect.objectContaining({ 'after-login-route': '{"path":"/c/local/explorer/tartware-services"}' }) })]);
    expect((await viewer.call('/v1/userpreferences/user-admin', { method: 'PUT', body: { data: {} } })).status).toBe(403);
    expect((await viewer.call('/v1/userpreferences/user-viewer', { method: 'PUT', body: { data: { theme: 1 } } })).status).toBe(422);
  });
});
