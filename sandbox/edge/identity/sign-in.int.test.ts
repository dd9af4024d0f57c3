import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../../testing/cluster.ts';
import { EdgeClient } from '../testing/client.ts';
import { startRancherCluster } from '../testing/cluster.ts';
import { LOCAL, signedIn, startEdge, upstreamsOf } from '../testing/edge.ts';

let cluster: TestCluster;
let edge: FastifyInstance;

beforeAll(async () => {
  cluster = await startRancherCluster();
  edge = await startEdge(upstreamsOf(cluster));
});

afterAll(async () => {
  await edge?.close();
  await cluster?.stop();
});

describe('signing in', () => {
  it('gives a session cookie that scripts can\'t read and other sites don\'t send', async () => {
    const answer = await new EdgeClient(edge).signIn('admin', 'admin-password');
    const cookies = answer.headers['set-cookie'] ?? [];
    expect(cookies.find((line) => line.startsWith('R_SESS='))).toMatch(/HttpOnly.*SameSite=Strict/);
    expect(cookies.find((line) => line.startsWith('CSRF='))).not.toMatch(/HttpOnly/);
  });

  it.each([['admin', 'viewer-password'], ['nobody', 'admin-password'], ['admin', '']])('refuses %s with %j', async (username, password) => {
    const answer = await new EdgeClient(edge).signIn(username, password);
    expect(answer.status).toBe(401);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.json()).toMatchObject({ type: 'error', status: 401, code: 'Unauthorized' });
  });

  it.each(['/v1/schemas', '/v1/nodes', `${LOCAL}/v1/nodes`, `${LOCAL}/api/v1/nodes`, '/v3/principals', '/v3/schemas', '/v1/userpreferences', '/v1/management.cattle.io.users', '/v1/uiplugins/tartware/0.1.0/plugin/tartware-0.1.0.umd.min.js'])(
    'is needed for %s',
    async (path) => {
      const answer = await new EdgeClient(edge).call(path);
      expect(answer.status).toBe(401);
      expect(answer.json()).toMatchObject({ type: 'error', status: 401, code: 'Unauthorized', message: 'must authenticate', hint: expect.stringContaining('sign in') });
      expect(answer.headers['x-api-cattle-auth']).toBe('false');
    },
  );

  it('isn\'t needed for what the sign-in page is drawn from, and RBAC keeps the rest back', async () => {
    const nobody = new EdgeClient(edge);
    const settings = (await nobody.call('/v1/management.cattle.io.settings')).json().data as { id: string }[];
    expect(settings.map(({ id }) => id)).toContain('ui-banners');
    expect(settings.map(({ id }) => id)).not.toContain('server-url');
    expect((await nobody.call('/v1/management.cattle.io.settings/server-url')).status).toBe(403);
    expect((await nobody.call('/version')).json().gitVersion).toBe('v1.36.3');
    expect((await nobody.call('/v1/uiplugins')).json()).toEqual({ entries: {} });
  });

  it('tells the dashboard who it is', async () => {
    const viewer = await signedIn(edge, 'viewer');
    expect((await viewer.call('/v1/ext.cattle.io.selfuser', { method: 'POST', body: {} })).json()).toMatchObject({ status: { userID: 'user-viewer' } });
    expect((await viewer.call('/v3/principals')).json().data).toEqual([expect.objectContaining({ id: 'local://user-viewer', me: true, loginName: 'viewer' })]);
    expect((await viewer.call('/v1/management.cattle.io.users/user-viewer')).json()).toMatchObject({ username: 'viewer' });
    expect((await viewer.call('/v1/management.cattle.io.users/user-admin')).status).toBe(403);
  });

  it('ends with signing out', async () => {
    const viewer = await signedIn(edge, 'viewer');
    expect((await viewer.call('/v1/logout', { method: 'POST', body: {} })).status).toBe(200);
    expect((await viewer.call('/v1/nodes')).status).toBe(401);
  });
});

describe('a session whose time is over', () => {
  it('is refused, and what it opened is closed', async () => {
    const brief = await startEdge(upstreamsOf(cluster), 1_500);
    try {
      const viewer = await signedIn(brief, 'viewer');
      const watch = viewer.socket('/v1/subscribe');
      expect(await watch.status).toBe(101);
      expect((await viewer.call('/v1/namespaces')).status).toBe(200);
      await watch.closed;
      expect((await viewer.call('/v1/namespaces')).status).toBe(401);
      expect(await viewer.socket('/v1/subscribe').status).toBe(401);
    } finally {
      await brief.close();
    }
  });
});

describe('a change', () => {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'forged' } };

  it('without the CSRF token is refused, over each way', async () => {
    const admin = await signedIn(edge, 'admin');
    const token = admin.cookies.CSRF ?? '';
    admin.cookies = { R_SESS: admin.cookies.R_SESS ?? '' };
    for (const path of [`${LOCAL}/api/v1/namespaces/default/configmaps`, '/v1/configmaps/default', '/v1/logout', '/v1/ext.cattle.io.selfuser']) {
      const answer = await admin.call(path, { method: 'POST', body });
      expect(answer.status).toBe(422);
      expect(answer.json()).toMatchObject({ code: 'InvalidCSRFToken', hint: expect.stringContaining('X-API-CSRF') });
    }
    expect((await admin.call(`${LOCAL}/api/v1/namespaces/default/configmaps`, { method: 'POST', body, headers: [['X-API-CSRF', token]] })).status).toBe(201);
  });

  it('in the guise of a GET is refused: Steve takes the method from the query', async () => {
    const admin = await signedIn(edge, 'admin');
    await admin.call(`${LOCAL}/api/v1/namespaces/default/configmaps`, { method: 'POST', body: { ...body, metadata: { name: 'kept' } } });
    expect((await admin.call('/v1/configmaps/default/kept?_method=DELETE')).status).toBe(422);
    expect((await admin.call(`${LOCAL}/api/v1/namespaces/default/configmaps/kept`)).status).toBe(200);
  });
});
